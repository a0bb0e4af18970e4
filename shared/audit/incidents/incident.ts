/** Findings about one actor, merged. What an incident is follows from a set of notes, so their order does not matter. */
import type { Finding, Severity } from '../detectors/detector.ts';
import type { AuditEvent } from '../events/event.ts';
import { toolOf } from '../events/tool.ts';
import type { ItemKey } from '../memory/memory.ts';
import type { Note, Page } from '../memory/note.ts';
import { isRead } from '../memory/remember.ts';
import { DAY, dayOf } from '../memory/spans.ts';

export interface Incident {
  readonly id: string;
  /** Low, where it is no alert: however many doubts there are, none says that something is wrong. */
  readonly severity: Severity;
  /** Whether it is worth a message; else it is counted in the digest. */
  readonly alerts: boolean;
  /** By detector, the gravest first. */
  readonly findings: readonly FoundBy[];
  /** By key. */
  readonly secrets: ReadonlyMap<string, Reading>;
  readonly eventIds: readonly string[];
  readonly origins: readonly string[];
  readonly firstTime: number;
  readonly lastTime: number;
}

export interface FoundBy {
  readonly detector: string;
  readonly severity: Severity;
  readonly alerts: boolean;
  /** The latest sentence of each subject. */
  readonly because: readonly string[];
}

export interface Reading {
  /** When it was first read; undefined for a secret that was not read, so far as the findings know. */
  readonly readTime: number | undefined;
  /** The versions read, where they are known. */
  readonly versions: ReadonlySet<string>;
}

const KEPT = 90 * DAY;
const POINTS: Readonly<Record<Severity, number>> = { low: 5, medium: 20, high: 50, critical: 100 };
const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

/**
 * One a day for a person, a user or a key. For a role, which may be a thousand containers, one a day for each family
 * of detectors. What Secrets Manager and Keyturn themselves tell is about a secret, so it is kept by secret. Records of
 * a call into another account are of the caller's account, wherever they were made.
 */
export function incidentKey(finding: Finding): ItemKey {
  const { principal, accountId, time } = finding.event;
  return {
    subject: `incident/${principal.accountId ?? accountId}/${finding.about ?? actorOf(finding)}`,
    span: dayOf(finding.since ?? time),
  };
}

function actorOf({ event: { principal, secrets }, detector }: Finding): string {
  if (principal.type === 'service') return `secret/${secrets[0]?.key ?? ''}/${detector.family}`;
  return principal.type === 'role' ? `${principal.key}/${detector.family}` : principal.key;
}

export function notesOf(finding: Finding): Note[] {
  const { event, detector, severity, alerts, subject, because } = finding;
  const key = incidentKey(finding);
  const note = (kind: string, value: string): Note => ({
    key,
    kind,
    value,
    time: event.time,
    keep: 'first',
    until: event.time + KEPT,
  });
  return [
    note('finding', [detector.id, severity, alerts ? 'alerts' : 'adds', subject].join('|')),
    note('because', [detector.id, subject, because].join('|')),
    ...finding.secrets.map((secret) => note('secret', secret)),
    ...(isRead(event) ? finding.secrets.map((secret) => note('read', secret)) : []),
    ...(event.versionId === undefined || !isRead(event)
      ? []
      : event.secrets.map((ref) => note('version', `${ref.key}|${event.versionId}`))),
    note('event', event.id),
    note('origin', originOf(event)),
    { ...note('time', ''), keep: 'each' },
  ];
}

/** Without the user agent itself, of which one caller may have thousands. */
const originOf = ({ origin }: AuditEvent): string =>
  [origin.address, origin.vpcEndpointId ?? '', toolOf(origin.userAgent)].join('|');

/** Where it is noted what was told of an incident: apart, so that there is always room for it. */
export const toldKey = ({ subject, span }: ItemKey): ItemKey => ({ subject: `told/${subject}`, span });

export function incidentOf({ subject, span }: ItemKey, page: Page): Incident {
  const findings = findingsIn(page);
  const times = [...page.sightings('time')].map(({ time }) => time);
  const score = findings.reduce((sum, { severity }) => sum + POINTS[severity], 0);
  const alerts = score >= POINTS.medium && findings.some((finding) => finding.alerts);
  return {
    id: `${subject}/${span}`,
    severity: alerts ? severityOf(findings, score) : 'low',
    alerts,
    findings,
    secrets: secretsIn(page),
    eventIds: [...page.values('event')],
    origins: [...page.values('origin')],
    firstTime: Math.min(...times),
    lastTime: Math.max(...times),
  };
}

const severityOf = (findings: readonly FoundBy[], score: number): Severity =>
  gravest([...findings.filter(({ alerts }) => alerts).map(({ severity }) => severity), ofScore(score)]);

/** Many doubts make a grave one, but only a single certain one is critical. */
const ofScore = (score: number): Severity =>
  SEVERITIES.findLast((severity) => severity !== 'critical' && score >= POINTS[severity]) ?? 'low';

const gravest = (severities: readonly Severity[]): Severity =>
  SEVERITIES.findLast((severity) => severities.includes(severity)) ?? 'low';

export const isGraver = (one: Severity, other: Severity): boolean =>
  SEVERITIES.indexOf(one) > SEVERITIES.indexOf(other);

function findingsIn(page: Page): FoundBy[] {
  const byDetector = Map.groupBy(
    [...page.values('finding')].map((value) => value.split('|')),
    ([detector = '']) => detector,
  );
  const found = [...byDetector].map(([detector, entries]) => ({
    detector,
    severity: gravest(entries.map(([, severity]) => severity as Severity)),
    alerts: entries.some(([, , alerts]) => alerts === 'alerts'),
    because: becauseOf(page, detector),
  }));
  return found.toSorted(
    (one, other) =>
      SEVERITIES.indexOf(other.severity) - SEVERITIES.indexOf(one.severity) ||
      Number(other.alerts) - Number(one.alerts) ||
      one.detector.localeCompare(other.detector),
  );
}

/** Of two sentences of one minute the longer one, then the greater: any rule will do that all processes share. */
function becauseOf(page: Page, detector: string): string[] {
  const latest = new Map<string, { time: number; sentence: string }>();
  for (const { time, value } of page.sightings('because')) {
    const [by = '', subject = '', ...rest] = value.split('|');
    if (by !== detector) continue;
    const sentence = rest.join('|');
    const known = latest.get(subject);
    const later =
      known === undefined ||
      time - known.time ||
      sentence.length - known.sentence.length ||
      sentence.localeCompare(known.sentence);
    if (later === true || (typeof later === 'number' && later > 0)) latest.set(subject, { time, sentence });
  }
  return [...new Set([...latest.values()].map(({ sentence }) => sentence))];
}

function secretsIn(page: Page): Map<string, Reading> {
  const versions = Map.groupBy(page.values('version'), (value) => value.slice(0, value.lastIndexOf('|')));
  return new Map(
    [...page.values('secret')].map((secret) => [
      secret,
      {
        readTime: page.first('read', secret),
        versions: new Set(versions.get(secret)?.map((value) => value.slice(value.lastIndexOf('|') + 1))),
      },
    ]),
  );
}

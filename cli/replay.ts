/** `keyturn replay`: the detectors over a history, in memory. */

import { idOf, titleOf } from '../shared/audit/alerts/alert.ts';
import { Audit } from '../shared/audit/audit.ts';
import { type Deployment, NO_DEPLOYMENT } from '../shared/audit/deployment.ts';
import type { Finding, Severity } from '../shared/audit/detectors/detector.ts';
import { DETECTORS } from '../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../shared/audit/events/read-event.ts';
import { incidentKey, incidentOf } from '../shared/audit/incidents/incident.ts';
import type { ItemKey } from '../shared/audit/memory/memory.ts';
import { Page } from '../shared/audit/memory/note.ts';
import { eventsOfFile, NO_HISTORY, UNREADABLE } from './history.ts';
import type { HistoryFile } from './history-files.ts';
import { HistoryMemory } from './history-memory.ts';
import { SeenIds } from './seen-ids.ts';

export interface ReplayedIncident {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly detectors: readonly string[];
  readonly principal: { readonly key: string; readonly type: string; readonly arn: string | null };
  readonly accountId: string;
  readonly secrets: readonly string[];
  readonly firstEventTime: string;
  readonly lastEventTime: string;
  readonly eventIds: readonly string[];
  /** None for what would only be in the daily digest. */
  readonly alerts: number;
}

export interface ReplayReport {
  readonly records: number;
  /** About secrets, their keys, the roles and the audit itself. */
  readonly relevant: number;
  readonly malformed: number;
  readonly duplicates: number;
  readonly incidents: readonly ReplayedIncident[];
  readonly alerts: number;
}

export interface Replayed {
  readonly report: ReplayReport;
  /** Of each incident that was told, by its id: what was seen, in a sentence, for people. */
  readonly sentences: ReadonlyMap<string, string>;
  /** How many of the others are made of findings alone that never alert by themselves. */
  readonly doubts: number;
  /** How many files are JSON and hold no record. */
  readonly filesWithout: number;
}

export interface ReplayOptions {
  readonly files: readonly HistoryFile[];
  /** Read first, and not judged: what was usual before. */
  readonly learn: readonly HistoryFile[];
  readonly deployment?: Deployment;
  /** Called now and then, with the part that is done, from 0 to 1. */
  readonly progress?: (done: number) => void;
}

const BATCH = 500;

/** Few: the memory is in this process too. */
const MOST_PAGES = 4000;

/** An incident in the making: whose it is. The event itself would hold all of its record. */
interface Case {
  readonly key: ItemKey;
  readonly principal: ReplayedIncident['principal'];
  readonly accountId: string;
}

/**
 * Reads everything twice: first to remember, then to judge. So it does not matter in which order the files, or the
 * records in them, come.
 */
export async function replay(options: ReplayOptions): Promise<Replayed> {
  const { files, learn, deployment = NO_DEPLOYMENT, progress = () => {} } = options;
  const memory = new HistoryMemory();
  const sent = new Map<string, number>();
  const publisher = {
    publish: async ({ incidentId }: { incidentId: string }) =>
      void sent.set(incidentId, (sent.get(incidentId) ?? 0) + 1),
  };
  const parts = { memory, publisher, detectors: DETECTORS, deployment, suppressions: [] };
  const audit = new Audit({ ...parts, mostAlertsAnHour: Number.POSITIVE_INFINITY, mostPages: MOST_PAGES });
  const done = progressOver([...learn, ...files, ...files], progress);

  const counts = new Counts();
  for await (const events of eventsOfFiles(learn, done)) await audit.remember(events);
  for await (const events of eventsOfFiles(files, done, counts)) await audit.remember(events);
  counts.end();
  const cases = new Map<string, Case>();
  for await (const events of eventsOfFiles(files, done))
    noteCases(cases, (await audit.take(events)).findings);

  const made = await Promise.all([...cases.values()].map((one) => replayed(one, memory, sent)));
  const incidents = made.map(({ incident }) => incident).toSorted(byGravity);
  const told = made.filter(({ incident }) => incident.alerts > 0);
  return {
    report: { ...counts.report(), incidents, alerts: incidents.reduce((sum, { alerts }) => sum + alerts, 0) },
    sentences: new Map(told.map(({ incident, sentence }) => [incident.id, sentence])),
    doubts: made.filter(({ isDoubt }) => isDoubt).length,
    filesWithout: counts.filesWithout,
  };
}

function noteCases(cases: Map<string, Case>, findings: readonly Finding[]): void {
  for (const finding of findings) {
    const key = incidentKey(finding);
    const name = `${key.subject}#${key.span}`;
    const { principal, accountId } = finding.event;
    const { key: actor, type, arn = null } = principal;
    if (!cases.has(name)) cases.set(name, { key, principal: { key: actor, type, arn }, accountId });
  }
}

interface Made {
  readonly incident: ReplayedIncident;
  readonly sentence: string;
  readonly isDoubt: boolean;
}

async function replayed(
  { key, principal, accountId }: Case,
  memory: HistoryMemory,
  sent: ReadonlyMap<string, number>,
): Promise<Made> {
  const [marks = []] = await memory.read([key]);
  const found = incidentOf(key, new Page(marks));
  const id = idOf(found.id, 'incident');
  const incident = {
    id,
    severity: found.severity,
    title: titleOf(found),
    detectors: found.findings.map(({ detector }) => detector),
    principal,
    accountId,
    secrets: [...found.secrets.keys()],
    firstEventTime: new Date(found.firstTime).toISOString(),
    lastEventTime: new Date(found.lastTime).toISOString(),
    eventIds: found.eventIds,
    alerts: sent.get(id) ?? 0,
  };
  return {
    incident,
    sentence: found.findings[0]?.because[0] ?? '',
    isDoubt: found.findings.every(({ alerts }) => !alerts),
  };
}

const GRAVITY: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

const byGravity = (one: ReplayedIncident, other: ReplayedIncident): number =>
  GRAVITY.indexOf(one.severity) - GRAVITY.indexOf(other.severity) ||
  one.firstEventTime.localeCompare(other.firstEventTime);

class Counts {
  #seen = new SeenIds();
  records = 0;
  relevant = 0;
  malformed = 0;
  duplicates = 0;
  filesWithout = 0;

  count(read: ReturnType<typeof readOne> | typeof NO_HISTORY): void {
    if (read === NO_HISTORY) {
      this.filesWithout += 1;
      return;
    }
    this.records += 1;
    if (read === undefined) return;
    if (isUnreadable(read)) this.malformed += 1;
    else if (this.#seen.add(read.id)) this.relevant += 1;
    else this.duplicates += 1;
  }

  /** Nothing more is counted: the second reading has better things to do with the room that the ids take. */
  end(): void {
    this.#seen = new SeenIds();
  }

  report(): Pick<ReplayReport, 'records' | 'relevant' | 'malformed' | 'duplicates'> {
    const { records, relevant, malformed, duplicates } = this;
    return { records, relevant, malformed, duplicates };
  }
}

const readOne = (raw: unknown) =>
  raw === UNREADABLE ? { reason: 'is not JSON', id: undefined } : readEvent(raw);

/**
 * Yields what is relevant in the files, some thousands of events at a time.
 * @param done called with how many bytes more have been read.
 */
export async function* eventsOfFiles(
  files: readonly HistoryFile[],
  done: (bytes: number) => void,
  counts?: Counts,
): AsyncIterable<readonly AuditEvent[]> {
  let batch: AuditEvent[] = [];
  for (const file of files) {
    let before = 0;
    const reached = (bytes: number) => {
      done(bytes - before);
      before = bytes;
    };
    for await (const raw of eventsOfFile(file, reached)) {
      const read = raw === NO_HISTORY ? raw : readOne(raw);
      counts?.count(read);
      if (read === NO_HISTORY) continue;
      if (read !== undefined && !isUnreadable(read)) batch.push(read);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    reached(file.bytes);
  }
  yield batch;
}

/** @param progress called with the part that is done; a file may have grown since it was found. */
export function progressOver(
  files: readonly HistoryFile[],
  progress: (done: number) => void,
): (bytes: number) => void {
  const whole = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let read = 0;
  return (bytes) => {
    read += bytes;
    progress(whole === 0 ? 1 : Math.min(1, read / whole));
  };
}

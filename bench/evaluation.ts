/** Sixty days of the company, with attacks in the second half: what is found, and what is told for nothing. */

import { ATTACKS, type Attack, type AttackClass } from '../local/company/attacks.ts';
import {
  COMPANY_DEPLOYMENT,
  type Company,
  type CompanyOptions,
  company,
  DAY,
  FIRST_DAY,
} from '../local/company/company.ts';
import { randomOf } from '../local/company/random.ts';
import type { CloudTrailRecord } from '../local/company/records.ts';
import type { Alert } from '../shared/audit/alerts/alert.ts';
import { Audit } from '../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../shared/audit/deployment.ts';
import { DETECTORS } from '../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../shared/audit/memory/in-process.ts';

export interface EvaluationOptions extends CompanyOptions {
  /** How often each attack is tried. */
  readonly tries: number;
  /** What attackers' tools call themselves; by default what is usual for them. */
  readonly attackerAgent?: string;
  /** Whether no record has a user agent. */
  readonly masked?: boolean;
  /** The part of all records that never arrives, from 0 to 1. */
  readonly lost?: number;
}

export interface Evaluation {
  readonly events: number;
  /** Part of the attacks of each class that were alerted, of medium severity or more, within a day. */
  readonly recall: Readonly<Record<AttackClass, number>>;
  /** The same by who acted: principals that were seen at work before, and ones that are new. */
  readonly recallOf: Readonly<Record<'known' | 'new', number>>;
  readonly missed: readonly string[];
  /** Alerts of medium severity or more about nobody's attack, a day, in the second half. */
  readonly falseADay: number;
  readonly falseAlerts: readonly string[];
  /** Secrets that an attack of the class had read when it was first told, on average. */
  readonly lostBefore: Readonly<Partial<Record<AttackClass, number>>>;
  /** Minutes from its first call to the first alert, on average over those that were told. */
  readonly minutesBefore: Readonly<Partial<Record<AttackClass, number>>>;
  readonly mostMessagesOfAnIncident: number;
}

export const DAYS = 60;
const FROM = 31;
/** As the queue is set up: so many messages at once, or what came within so long. */
const BATCH = 100;
const WINDOW_MS = 5000;

interface Tried {
  readonly attack: Attack;
  readonly time: number;
  readonly records: readonly CloudTrailRecord[];
}

interface Told {
  readonly alert: Alert;
  /** Ids of all events that had come when it was sent. */
  readonly upTo: number;
}

export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const works = company(options);
  const tried = attacksOn(works, options);
  const told: Told[] = [];
  let now = 0;
  const publisher = { publish: async (alert: Alert) => void told.push({ alert, upTo: now }) };
  const deployment = { ...NO_DEPLOYMENT, ...COMPANY_DEPLOYMENT };
  const parts = {
    memory: new InProcessMemory(),
    publisher,
    detectors: DETECTORS,
    deployment,
    suppressions: [],
  };
  const audit = new Audit({ ...parts, mostAlertsAnHour: Number.POSITIVE_INFINITY }, () => now);
  const extra = Map.groupBy(
    tried.flatMap(({ records }) => records),
    (record) => Math.floor((timeOf(record) - FIRST_DAY) / DAY),
  );
  let events = 0;
  for (let day = 0; day < DAYS; day++) {
    const records = [...works.day(day), ...(extra.get(day) ?? [])].toSorted(
      (one, other) => timeOf(one) - timeOf(other),
    );
    const random = randomOf(options.seed + day);
    const arrived = records.filter(() => !random.chance(options.lost ?? 0));
    const read = arrived.map((record) =>
      readOne(options.masked === true ? { ...record, userAgent: '' } : record),
    );
    const found = read.filter((event) => event !== undefined);
    for (const batch of batchesOf(found)) {
      now = batch.at(-1)?.time ?? now;
      await audit.take(batch);
    }
    events += records.length;
  }
  return { events, ...judged(tried, told) };
}

function* batchesOf(events: readonly AuditEvent[]): Iterable<readonly AuditEvent[]> {
  let batch: AuditEvent[] = [];
  for (const event of events) {
    const isOver = event.time - (batch[0]?.time ?? event.time) >= WINDOW_MS;
    if (batch.length === BATCH || isOver) {
      yield batch;
      batch = [];
    }
    batch.push(event);
  }
  if (batch.length > 0) yield batch;
}

const timeOf = (record: CloudTrailRecord): number => Date.parse(String(record['eventTime']));

function readOne(record: CloudTrailRecord): AuditEvent | undefined {
  const event = readEvent(record);
  return event === undefined || isUnreadable(event) ? undefined : event;
}

function attacksOn(works: Company, { seed, tries, attackerAgent }: EvaluationOptions): Tried[] {
  const random = randomOf(seed + 77);
  return ATTACKS.flatMap((attack, kind) =>
    Array.from({ length: tries }, (_, n) => {
      const day = random.between(FROM, DAYS - 4);
      const time = FIRST_DAY + day * DAY + Math.floor(random.next() * DAY);
      const tag = `${kind}x${n}`;
      const records = attack.run({ company: works, time, day, random, tag, userAgent: attackerAgent });
      return { attack, time, records };
    }),
  );
}

const isGrave = ({ severity }: Alert): boolean => severity !== 'low';

function judged(tried: readonly Tried[], told: readonly Told[]): Omit<Evaluation, 'events'> {
  const attackEvents = new Set(
    tried.flatMap(({ records }) => records.map((record) => String(record['eventID']))),
  );
  const grave = told.filter(({ alert }) => isGrave(alert));
  const outcomes = tried.map((one) => ({ one, first: firstAlertOf(one, grave) }));
  const classes = [...new Set(ATTACKS.map((attack) => attack.class))];
  const ofClass = (cls: AttackClass) => outcomes.filter(({ one }) => one.attack.class === cls);
  const falseAlerts = grave.filter(
    ({ alert }) =>
      alert.stage === 'first' &&
      !alert.eventIds.some((id) => attackEvents.has(id)) &&
      Date.parse(alert.lastEventTime) >= FIRST_DAY + FROM * DAY,
  );
  const messages = Map.groupBy(told, ({ alert }) => alert.incidentId);
  return {
    recall: Object.fromEntries(classes.map((cls) => [cls, share(ofClass(cls))])) as Evaluation['recall'],
    recallOf: {
      known: share(outcomes.filter(isByKnown)),
      new: share(outcomes.filter((one) => !isByKnown(one))),
    },
    missed: outcomes.filter(({ first }) => first === undefined).map(({ one }) => one.attack.name),
    falseADay: falseAlerts.length / (DAYS - FROM),
    falseAlerts: falseAlerts.map(
      ({ alert }) =>
        `${alert.principal.key.split('/').at(-1)}: ${alert.findings.map(({ detector }) => detector).join(' ')}`,
    ),
    lostBefore: ofThefts((cls) => average(ofClass(cls).map(({ one, first }) => lost(one, first)))),
    minutesBefore: ofThefts((cls) =>
      average(ofClass(cls).flatMap(({ one, first }) => minutesTo(one, first))),
    ),
    mostMessagesOfAnIncident: Math.max(0, ...[...messages.values()].map((list) => list.length)),
  };
}

const ofThefts = (figure: (cls: AttackClass) => number): Partial<Record<AttackClass, number>> =>
  Object.fromEntries((['loud', 'slow'] as const).map((cls) => [cls, figure(cls)]));

/** Keys of users are made for each attack; roles and people are of the company. */
const isByKnown = ({ one: { records } }: { readonly one: Tried }): boolean =>
  (records[0]?.['userIdentity'] as { type?: string } | undefined)?.type !== 'IAMUser';

const minutesTo = ({ time }: Tried, first: Told | undefined): number[] =>
  first === undefined ? [] : [Math.max(0, first.upTo - time) / 60_000];

const share = (outcomes: readonly { readonly first: Told | undefined }[]): number =>
  outcomes.filter(({ first }) => first !== undefined).length / outcomes.length;

/** The first alert that shows one of the attack's events, if it came within a day. */
function firstAlertOf({ time, records }: Tried, told: readonly Told[]): Told | undefined {
  const ids = new Set(records.map((record) => String(record['eventID'])));
  return told.find(
    ({ alert, upTo }) => upTo <= time + DAY + 3_600_000 && alert.eventIds.some((id) => ids.has(id)),
  );
}

function lost({ records }: Tried, first: Told | undefined): number {
  const read = records.filter(
    (record) => record['eventName'] === 'GetSecretValue' && record['errorCode'] === undefined,
  );
  return read.filter((record) => first === undefined || timeOf(record) <= first.upTo).length;
}

const average = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);

/**
 * What must notice an absence. Called every quarter of an hour: it sees whether the canary's last read arrived and
 * reads it again, goes on with the inventory where it stopped, and once a day tells the digest. Where it stands is in
 * the audit's memory, so that it may be stopped anywhere.
 */
import type { Deadline } from '../../core/deadline.ts';
import type { Audit } from '../audit.ts';
import type { Deployment } from '../deployment.ts';
import type { AuditEvent } from '../events/event.ts';
import { isUnreadable, readEvent } from '../events/read-event.ts';
import type { Publisher } from '../incidents/publisher.ts';
import type { Memory } from '../memory/memory.ts';
import type { Note, Page } from '../memory/note.ts';
import { Shelf } from '../memory/shelf.ts';
import { DAY, dayOf, MINUTE } from '../memory/spans.ts';
import { CONTROLS } from './controls.ts';
import { digestOf } from './digest.ts';
import type { ListedSecret, SecretInventory } from './listed-secret.ts';
import { seenEvent } from './seen.ts';

export interface SweepParts {
  readonly audit: Audit;
  readonly memory: Memory;
  readonly publisher: Publisher;
  readonly inventory: SecretInventory;
  readonly deployment: Deployment;
  readonly accountId: string;
  readonly region: string;
}

export interface SweepReport {
  readonly secrets: number;
  /** Whether today's inventory has come to its end. */
  readonly done: boolean;
  readonly alerts: readonly string[];
}

/** Kept for the answer and the last page. */
const TIME_IN_HAND = MINUTE / 2;

/** @throws what the memory, the publisher or the inventory throws; the next call goes on from there. */
export async function sweep(parts: SweepParts, deadline: Deadline, now = Date.now): Promise<SweepReport> {
  const alerts = [...(await tick(parts, now()))];
  const walked = await walk(parts, deadline, now);
  alerts.push(...walked.alerts);
  if (walked.done) alerts.push(...(await tellDigest(parts, now())));
  return { ...walked, alerts };
}

const stateKey = ({ accountId, region }: SweepParts, span: string) => ({
  subject: `sweep/${accountId}/${region}`,
  span,
});

const note = (
  parts: SweepParts,
  span: string,
  kind: string,
  value: string,
  time: number,
  keep: Note['keep'],
): Note => ({
  key: stateKey(parts, span),
  ...{ kind, value, time, keep },
  until: time + 3 * DAY,
});

/** The canary that was read last time should have been seen by now. */
async function tick(parts: SweepParts, now: number): Promise<string[]> {
  const { audit, inventory, deployment, memory } = parts;
  const [canary] = deployment.canaries;
  const shelf = new Shelf(memory);
  const days = [dayOf(now - DAY), dayOf(now)].map((day) => stateKey(parts, day));
  await shelf.load(days);
  const reads = days.flatMap((key) => [...shelf.page(key).sightings('canary')].map(({ time }) => time));
  const last = reads.length === 0 ? undefined : Math.max(...reads);
  const { published } = await audit.take([tickEvent(parts, last, now)]);
  if (canary !== undefined && (last === undefined || last < now - 10 * MINUTE)) {
    await inventory.readCanary(canary);
    await shelf.add([note(parts, dayOf(now), 'canary', '', now, 'each')]);
  }
  return published.map(({ id }) => id);
}

const tickEvent = (
  { accountId, region }: SweepParts,
  canaryReadAt: number | undefined,
  now: number,
): AuditEvent =>
  own({
    id: `tick/${accountId}/${region}/${new Date(now).toISOString().slice(0, 16)}`,
    source: 'keyturn',
    'detail-type': 'Tick',
    time: new Date(now).toISOString(),
    account: accountId,
    region,
    detail: canaryReadAt === undefined ? {} : { canaryReadAt: new Date(canaryReadAt).toISOString() },
  });

function own(raw: object): AuditEvent {
  const event = readEvent(raw);
  if (event === undefined || isUnreadable(event)) throw new Error('An event of our own cannot be read.');
  return event;
}

interface Walked {
  readonly secrets: number;
  readonly done: boolean;
  readonly alerts: readonly string[];
}

/** How far today's inventory has come, with what was counted on the way. */
interface Place {
  /** Where the next page begins; undefined at the start. */
  readonly next: string | undefined;
  readonly done: boolean;
  /** `all`, and each control that secrets failed. */
  readonly counts: ReadonlyMap<string, number>;
}

const START: Place = { next: undefined, done: false, counts: new Map() };

/** Of the account's 5,000 pages at most: what lies between two notes is done again after a crash, which does no harm. */
const PAGES_BETWEEN_NOTES = 50;

/** Goes through the pages that are left of today. */
async function walk(parts: SweepParts, deadline: Deadline, now: () => number): Promise<Walked> {
  const day = dayOf(now());
  const shelf = new Shelf(parts.memory);
  const key = stateKey(parts, day);
  await shelf.load([key]);
  const alerts: string[] = [];
  const begun = placeIn(shelf.page(key));
  let place = begun;
  const keep = () => shelf.add([note(parts, day, 'place', placeText(place), now(), 'first')]);
  for (let pages = 1; !place.done && deadline.remainingMs() > TIME_IN_HAND; pages++) {
    const { secrets, next } = await parts.inventory.page(place.next);
    alerts.push(...(await judgePage(parts, secrets, now())));
    place = { next, done: next === undefined, counts: added(place.counts, countsOf(secrets, now())) };
    if (pages % PAGES_BETWEEN_NOTES === 0) await keep();
  }
  await keep();
  return { secrets: seenAt(place) - seenAt(begun), done: place.done, alerts };
}

const seenAt = ({ counts }: Place): number => counts.get('all') ?? 0;

/** The place before which the most secrets were seen is the farthest, in whatever order the notes are read. */
function placeIn(page: Page): Place {
  const [farthest] = [...page.values('place')]
    .map(readPlace)
    .toSorted((one, other) => seenAt(other) - seenAt(one));
  return farthest ?? START;
}

const placeText = ({ next, done, counts }: Place): string =>
  [[...counts].map(([kind, count]) => `${kind}=${count}`).join(','), done ? 'done' : 'on', next ?? ''].join(
    '|',
  );

function readPlace(text: string): Place {
  const [counts = '', state, ...next] = text.split('|');
  const pairs = counts.split(',').map((count) => count.split('='));
  return {
    next: next.join('|') || undefined,
    done: state === 'done',
    counts: new Map(pairs.map(([kind = '', count]) => [kind, Number(count)])),
  };
}

const added = (
  counts: ReadonlyMap<string, number>,
  more: readonly (readonly [string, number])[],
): Map<string, number> => new Map(more.map(([kind, count]) => [kind, (counts.get(kind) ?? 0) + count]));

async function judgePage(
  { audit, deployment }: SweepParts,
  secrets: readonly ListedSecret[],
  now: number,
): Promise<string[]> {
  const events = secrets.map((secret) => own(seenEvent(secret, deployment.tags, now)));
  const { published } = await audit.take(events);
  return published.map(({ id }) => id);
}

/** `all`, and each control that any of the secrets fails. */
const countsOf = (secrets: readonly ListedSecret[], now: number): [string, number][] => [
  ['all', secrets.length],
  ...CONTROLS.map(({ id, fails }): [string, number] => [
    id,
    secrets.filter((secret) => fails(secret, now)).length,
  ]),
];

/** Of yesterday, once. */
async function tellDigest(parts: SweepParts, now: number): Promise<string[]> {
  const { memory, publisher, accountId, region } = parts;
  const shelf = new Shelf(memory);
  const key = stateKey(parts, dayOf(now));
  await shelf.refresh([key]);
  const page = shelf.page(key);
  if (page.count('digest') > 0 || !(await memory.claim(key, 'digest', now, now + MINUTE))) return [];
  const failures = placeIn(page).counts;
  const day = dayOf(now - DAY);
  const digest = await digestOf(
    { accountId, region, day, failures, secrets: failures.get('all') ?? 0 },
    memory,
  );
  if (digest !== undefined) await publisher.publish(digest);
  await shelf.add([note(parts, dayOf(now), 'digest', day, now, 'first')]);
  return digest === undefined ? [] : [digest.id];
}

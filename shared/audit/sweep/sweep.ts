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
import type { Note } from '../memory/note.ts';
import { accountPage } from '../memory/remember.ts';
import { Shelf } from '../memory/shelf.ts';
import { DAY, dayOf, MINUTE } from '../memory/spans.ts';
import { digestOf } from './digest.ts';
import { failuresIn, together } from './failures.ts';
import type { InventoryPage, ListedSecret, SecretInventory } from './listed-secret.ts';
import { type Place, placeIn, placeText, start } from './place.ts';
import { type Found, seenEvent } from './seen.ts';

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

/**
 * Of the account's 5,000 pages at most: what lies between two notes is done again after a crash, which takes some twenty
 * seconds and does no harm. All notes of a day are in one item.
 */
const PAGES_BETWEEN_NOTES = 200;

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
    const page = await parts.inventory.page(place.next);
    if (page === undefined) {
      place = start(place.round + 1);
      continue;
    }
    alerts.push(...(await judgePage(parts, page.secrets, now())));
    place = after(place, page, now());
    if (pages % PAGES_BETWEEN_NOTES === 0) await keep();
  }
  await keep();
  if (place.done) await shelf.add([countNote(parts, place.secrets, now())]);
  return { secrets: Math.max(0, place.secrets - begun.secrets), done: place.done, alerts };
}

const after = (place: Place, { secrets, next }: InventoryPage, now: number): Place => ({
  next,
  done: next === undefined,
  round: place.round,
  secrets: place.secrets + secrets.length,
  failures: together(place.failures, failuresIn(secrets, now)),
});

/** How many secrets there are: a few of few are more than a few of many. */
const countNote = ({ accountId, region }: SweepParts, secrets: number, time: number): Note => ({
  key: accountPage(accountId),
  ...{ kind: `secrets-${region}`, value: String(secrets), time, keep: 'changes' },
  until: time + 400 * DAY,
});

async function judgePage(
  parts: SweepParts,
  secrets: readonly ListedSecret[],
  now: number,
): Promise<string[]> {
  const { audit, deployment } = parts;
  const found = await foundOf(parts, secrets);
  const events = found.map((one) => own(seenEvent(one, deployment.tags, now)));
  const { published } = await audit.take(events);
  return published.map(({ id }) => id);
}

/** The list does not tell how copies are: of the few secrets that have some, each is asked for. */
async function foundOf(
  { inventory, region }: SweepParts,
  secrets: readonly ListedSecret[],
): Promise<Found[]> {
  const found: Found[] = [];
  for (const secret of secrets)
    found.push({
      secret,
      replicas: secret.primaryRegion === region ? await inventory.replicas(secret.arn) : [],
    });
  return found;
}

/** Of yesterday, once. */
async function tellDigest(parts: SweepParts, now: number): Promise<string[]> {
  const { memory, publisher, accountId, region } = parts;
  const shelf = new Shelf(memory);
  const key = stateKey(parts, dayOf(now));
  await shelf.refresh([key]);
  const page = shelf.page(key);
  if (page.count('digest') > 0 || !(await memory.claim(key, 'digest', now, now + MINUTE))) return [];
  const { failures, secrets } = placeIn(page);
  const day = dayOf(now - DAY);
  const digest = await digestOf({ accountId, region, day, failures, secrets }, memory);
  if (digest !== undefined) await publisher.publish(digest);
  await shelf.add([note(parts, dayOf(now), 'digest', day, now, 'first')]);
  return digest === undefined ? [] : [digest.id];
}

/**
 * What was known around one event, as the detectors ask for it. Everything counts both ways from the event's own time:
 * which of two events arrived first must not matter.
 */
import type { AuditEvent, SecretRef } from '../events/event.ts';
import { type Inventory, readInventory } from './inventory.ts';
import type { ItemKey } from './memory.ts';
import type { Page, Sighting } from './note.ts';
import {
  accessKeyPage,
  accountHour,
  accountPage,
  isRead,
  ownNetworkOf,
  principalHour,
  principalPage,
  refusal,
  secretPage,
} from './remember.ts';
import { MOST_NETWORKS } from './room.ts';
import type { Shelf } from './shelf.ts';
import { DAY, dayOf, HOUR, MINUTE, quarterOf, quartersBefore } from './spans.ts';

/** Something first seen less than this long ago is new. */
const NEW_FOR = DAY;
/** Before an account has been watched this long, nothing in it counts as new. */
const LEARNING = 7 * DAY;
/** Events of so long a time may come in any order. */
const DISORDER = 10 * MINUTE;
/** A principal seen from this many networks has no usual one. */
const ROAMING = 8;
/** Nor has one that was in as many networks as it was seen on days, from so many on. */
const ALWAYS_ELSEWHERE = 3;

/** The values of a span of time, and when it begins. */
interface Together {
  readonly values: ReadonlySet<string>;
  readonly since: number;
}

export class Past {
  readonly #event: AuditEvent;
  readonly #shelf: Shelf;
  #ofPrincipal: Page[] | undefined;
  #ofAccount: Page | undefined;
  #ofSecrets: Map<string, Page[]> | undefined;
  #usual: Map<string, boolean> | undefined;
  #networkIsNew: boolean | undefined;
  #networks: number | undefined;

  constructor(event: AuditEvent, shelf: Shelf) {
    this.#event = event;
    this.#shelf = shelf;
  }

  /** Whether the account has been watched for too short a time to say what is usual in it. */
  get learning(): boolean {
    const since = this.#accountPage.first('since', '');
    return since === undefined || this.#event.time - since < LEARNING;
  }

  /** When the principal was first seen with this, in the 90 days before; kinds as in remember.ts. */
  first(kind: string, value: string): number | undefined {
    let found: number | undefined;
    for (const page of this.#principalPages()) {
      const time = page.first(kind, value);
      if (time !== undefined && (found === undefined || time < found)) found = time;
    }
    return found;
  }

  /** Whether the principal was first seen with this in the day before the event, or at it. */
  isNew(kind: string, value: string): boolean {
    return this.#isRecent(this.first(kind, value));
  }

  /** What is not new, and noted for the quarter of the event: in it there is nothing to find, nor to note. */
  *habits(kind: string): Iterable<string> {
    const [ofQuarter] = this.#principalPages();
    for (const [value, first] of ofQuarter?.firsts(kind) ?? [])
      if (first <= this.#event.time && !this.isNew(kind, value)) yield value;
  }

  /** Whether the principal itself is new: it used no secret until a day ago. */
  get principalIsNew(): boolean {
    return !this.#wasAroundLately && this.#isRecent(earliest(this.firsts('day').values()));
  }

  /** Whether the principal used secrets on one of the seven days before yesterday: for most, the quick answer. */
  get #wasAroundLately(): boolean {
    for (let days = 2; days <= 8; days++)
      if (this.first('day', dayOf(this.#event.time - days * DAY)) !== undefined) return true;
    return false;
  }

  /** When the principal last used secrets before the day that ends with the event; undefined if it never did. */
  get lastUse(): number | undefined {
    return latestBefore(this.#principalPages(), this.#event.time);
  }

  /**
   * The same of a secret's last read. One that was not read in 180 days, or never, was last touched when the sweep first
   * found it in that time.
   */
  lastReadOf(secret: SecretRef): number | undefined {
    const lately = this.#lastReadLately(secret);
    if (lately !== undefined) return lately;
    const { time } = this.#event;
    const pages = [...this.#secretPages(secret), this.#shelf.page(olderSecretPage(secret.key, time))];
    return latestBefore(pages, time) ?? earliest(firstsOf(pages, 'seen').values());
  }

  /** Pages that the event needs besides those of the 90 days before it: of secrets that seem never to have been read. */
  get olderPages(): readonly ItemKey[] {
    const { secrets, time } = this.#event;
    if (!isRead(this.#event)) return [];
    return secrets
      .filter((secret) => this.#lastReadLately(secret) === undefined)
      .map(({ key }) => olderSecretPage(key, time));
  }

  /** In the quarters that hold the 90 days before. */
  #lastReadLately(secret: SecretRef): number | undefined {
    return latestBefore(this.#secretPages(secret), this.#event.time);
  }

  /** When the principal was first seen with each value of a kind, in the 90 days before. */
  firsts(kind: string): ReadonlyMap<string, number> {
    return firstsOf(this.#principalPages(), kind);
  }

  /** The same of a secret. */
  firstsOf(secret: SecretRef, kind: string): ReadonlyMap<string, number> {
    return firstsOf(this.#secretPages(secret), kind);
  }

  /** Whether a secret itself is new: nobody read it until a day ago. */
  secretIsNew(secret: SecretRef): boolean {
    return this.#isRecent(earliest(this.firstsOf(secret, 'day').values()));
  }

  /** Whether the event came from a network that is new for a principal that has usual ones. */
  get networkIsNew(): boolean {
    this.#networkIsNew ??= this.#findNetworkIsNew();
    return this.#networkIsNew;
  }

  #findNetworkIsNew(): boolean {
    const network = ownNetworkOf(this.#event);
    if (network === undefined || !this.isNew('network', network)) return false;
    return this.#usualNetworks > 0 && !this.roams;
  }

  /** Whether the principal has long been seen from so many networks that one more says nothing. */
  get roams(): boolean {
    const known = this.#usualNetworks;
    return known === ROAMING || (known >= ALWAYS_ELSEWHERE && known >= this.#usualDays());
  }

  /** On how many days, other than the last one, the principal was seen. */
  #usualDays(): number {
    const days = new Set<string>();
    for (const page of this.#principalPages())
      for (const [day, first] of page.firsts('day')) if (!this.#isRecent(first)) days.add(day);
    return days.size;
  }

  /** Whether it roams, and no more of its networks are noted: where it is, and by which session, changes nothing. */
  get isEverywhere(): boolean {
    const [ofQuarter] = this.#principalPages();
    return (ofQuarter?.count('network') ?? 0) >= MOST_NETWORKS && this.roams;
  }

  /** @returns how many networks are usual for the principal: none, some, or `ROAMING`, which may be more. */
  get #usualNetworks(): number {
    this.#networks ??= this.#countUsualNetworks();
    return this.#networks;
  }

  #countUsualNetworks(): number {
    const known = new Set<string>();
    for (const page of this.#principalPages())
      for (const [network, first] of page.firsts('network')) {
        if (!this.#isRecent(first)) known.add(network);
        if (known.size === ROAMING) return ROAMING;
      }
    return known.size;
  }

  /** Whether the event is about secrets, and all of them are usual. */
  get allUsual(): boolean {
    const { secrets } = this.#event;
    return secrets.length > 0 && secrets.every((secret) => this.isUsual(secret));
  }

  /** Whether the principal has read this secret, from a usual network, since more than a day. */
  isUsual(secret: SecretRef): boolean {
    this.#usual ??= new Map();
    const known = this.#usual.get(secret.key);
    if (known !== undefined) return known;
    const usual = !this.isNew('read', secret.key) && !this.networkIsNew;
    this.#usual.set(secret.key, usual);
    return usual;
  }

  /** What the principal did of a kind, at most `reach` milliseconds (an hour at most) before or after the event. */
  around(kind: string, reach: number): readonly Sighting[] {
    const { principal, time } = this.#event;
    const found: Sighting[] = [];
    for (const shift of [-HOUR, 0, HOUR])
      for (const sighting of this.#shelf.page(principalHour(principal.key, time + shift)).sightings(kind))
        if (Math.abs(sighting.time - time) <= reach) found.push(sighting);
    return found;
  }

  /**
   * The values of the fullest span of `length` milliseconds that holds the event: a threshold over it is crossed
   * whichever of its events arrives last.
   */
  together(kind: string, length: number): Together {
    const { time } = this.#event;
    const sightings = this.around(kind, length);
    const starts = new Set(sightings.map((sighting) => sighting.time));
    let most: Together = { values: new Set(), since: time };
    for (const since of starts) {
      if (since > time || time >= since + length) continue;
      const span = sightings.filter((sighting) => sighting.time >= since && sighting.time < since + length);
      const values = new Set(span.map(({ value }) => value));
      if (values.size > most.values.size || (values.size === most.values.size && since < most.since))
        most = { values, since };
    }
    return most;
  }

  /** What happened to a secret, of a kind as in remember.ts, in the 90 days before the event; in no order. */
  ofSecret(secret: SecretRef, kind: string): readonly Sighting[] {
    return sightingsIn(this.#secretPages(secret), kind);
  }

  /** The keys of the secrets that were refused to the principal within a day of the event. */
  get refused(): ReadonlySet<string> {
    const near = [...this.firsts('denied')].filter(
      ([, first]) => this.isUntil(first) && first > this.#event.time - DAY,
    );
    return new Set(near.map(([value]) => value.slice(value.indexOf('/') + 1)));
  }

  /** The keys of the secrets that were refused to the principal before that. */
  get refusedBefore(): ReadonlySet<string> {
    const before = [...this.firsts('denied')].filter(([, first]) => first <= this.#event.time - DAY);
    return new Set(before.map(([value]) => value.slice(value.indexOf('/') + 1)));
  }

  /** When a secret was first refused to the principal on the day of the event, before it, or on the day before that. */
  refusedAt({ key }: SecretRef): number | undefined {
    const { time } = this.#event;
    const times = [time - DAY, time].map((day) => this.first('denied', refusal(dayOf(day), key)));
    return times.find((refused) => refused !== undefined && refused <= time);
  }

  /** Whether a secret was first read by it, a principal or another account, more than a day before the event. */
  isKnownReader(secret: SecretRef, reader: string): boolean {
    return !this.#isRecent(earliest(this.#secretPages(secret).map((page) => page.first('reader', reader))));
  }

  /** What the sweep last found a secret to be, before the event or after it. */
  inventoryOf(secret: SecretRef): Inventory | undefined {
    return readInventory(this.#latest(secret, 'seen', Number.POSITIVE_INFINITY)?.value);
  }

  /** The function that rotated a secret before the minute of the event, as it was set or as the sweep found it. */
  functionBefore(secret: SecretRef): string | undefined {
    const set = this.#latest(secret, 'function', this.#minute);
    const found = this.#latest(secret, 'seen', this.#minute);
    return set !== undefined && set.time >= (found?.time ?? 0)
      ? set.value
      : readInventory(found?.value)?.rotationFunction;
  }

  /** Whether something of a kind happened to a secret before the minute of the event. */
  happenedBefore(secret: SecretRef, kind: string): boolean {
    return this.#latest(secret, kind, this.#minute) !== undefined;
  }

  /** Whether the sweep had found, before the minute of the event, that a function rotates the secret. */
  wasRotated(secret: SecretRef): boolean {
    return readInventory(this.#latest(secret, 'seen', this.#minute)?.value)?.rotated === true;
  }

  #latest(secret: SecretRef, kind: string, before: number): Sighting | undefined {
    let latest: Sighting | undefined;
    for (const one of this.ofSecret(secret, kind))
      if (one.time < before && (latest === undefined || one.time > latest.time)) latest = one;
    return latest;
  }

  /** When the event's minute began: what is remembered is remembered to the minute. */
  get #minute(): number {
    return Math.floor(this.#event.time / MINUTE) * MINUTE;
  }

  /** Whether the account was seen with a value until the event: `key` for the keys of secrets, for instance. */
  isOfAccount(kind: string, value: string): boolean {
    return this.isUntil(this.#accountPage.first(kind, value));
  }

  /** Whether the account was first seen with a value in the day before the event, or at it. */
  isNewToAccount(kind: string, value: string): boolean {
    return this.#isRecent(this.#accountPage.first(kind, value));
  }

  /** Whether the account was seen with a value so long before the event that the event itself is not the reason. */
  wasOfAccount(kind: string, value: string): boolean {
    const first = this.#accountPage.first(kind, value);
    return first !== undefined && first < this.#event.time - DISORDER;
  }

  /**
   * Whether something was before the event, or so shortly after it that the two may have come in any order. What came
   * later must not change the judgement, or the same events would lead to another one when they come again.
   */
  isUntil(time: number | undefined): boolean {
    return time !== undefined && time <= this.#event.time + DISORDER;
  }

  /** How many secrets there are in the event's account and Region; undefined before the first sweep. */
  get secretsThere(): number | undefined {
    const counts = this.#accountPage.sightings(`secrets-${this.#event.region}`);
    const latest = counts.toSorted((one, other) => one.time - other.time).at(-1);
    return latest && Number(latest.value);
  }

  /** The networks in which the event's access key was seen on that day, each with the first time. */
  get keyNetworks(): ReadonlyMap<string, number> {
    const { principal, time } = this.#event;
    if (principal.accessKeyId === undefined) return new Map();
    return firstsOf([this.#shelf.page(accessKeyPage(principal.accessKeyId, time))], 'network');
  }

  /** What was noted of the account, at most an hour before or after the event. */
  ofAccount(kind: string): readonly Sighting[] {
    const { accountId, time } = this.#event;
    const hours = [-HOUR, 0, HOUR].map((shift) => this.#shelf.page(accountHour(accountId, time + shift)));
    return sightingsIn(hours, kind);
  }

  get #accountPage(): Page {
    this.#ofAccount ??= this.#shelf.page(accountPage(this.#event.accountId));
    return this.#ofAccount;
  }

  #principalPages(): Page[] {
    const { principal, time } = this.#event;
    this.#ofPrincipal ??= quartersBefore(time).map((quarter) =>
      this.#shelf.page(principalPage(principal.key, quarter)),
    );
    return this.#ofPrincipal;
  }

  #secretPages({ key }: SecretRef): Page[] {
    this.#ofSecrets ??= new Map();
    const known = this.#ofSecrets.get(key);
    if (known !== undefined) return known;
    const pages = quartersBefore(this.#event.time).map((quarter) =>
      this.#shelf.page(secretPage(key, quarter)),
    );
    this.#ofSecrets.set(key, pages);
    return pages;
  }

  #isRecent(time: number | undefined): boolean {
    return time === undefined || time > this.#event.time - NEW_FOR;
  }
}

/** Of the quarter that holds the day 180 days before. */
const olderSecretPage = (secret: string, time: number): ItemKey =>
  secretPage(secret, quarterOf(time - 180 * DAY));

/** Whoever was there in the last week is the usual case, and found at once. */
function latestBefore(pages: readonly Page[], time: number): number | undefined {
  for (let days = 1; days <= 7; days++) {
    const day = dayOf(time - days * DAY);
    for (const page of pages) {
      const first = page.first('day', day);
      if (first !== undefined && first < time - DAY) return first;
    }
  }
  const firsts = pages.flatMap((page) =>
    [...page.values('day')].map((day) => page.first('day', day) ?? time),
  );
  const before = firsts.filter((first) => first < time - DAY);
  return before.length === 0 ? undefined : Math.max(...before);
}

function sightingsIn(pages: readonly Page[], kind: string): readonly Sighting[] {
  const found: Sighting[] = [];
  for (const page of pages) found.push(...page.sightings(kind));
  return found;
}

function earliest(times: Iterable<number | undefined>): number | undefined {
  let found: number | undefined;
  for (const time of times) if (time !== undefined && (found === undefined || time < found)) found = time;
  return found;
}

function firstsOf(pages: readonly Page[], kind: string): Map<string, number> {
  const firsts = new Map<string, number>();
  for (const page of pages)
    for (const [value, time] of page.firsts(kind))
      firsts.set(value, Math.min(time, firsts.get(value) ?? time));
  return firsts;
}

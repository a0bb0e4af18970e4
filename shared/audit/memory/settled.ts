/**
 * Reads that were judged, found usual and told nobody of. The same read later on that day, by the same caller from the
 * same place, can come to nothing else, as long as nothing but habits is remembered of who reads and of what is read.
 * Most of the traffic ends here.
 */
import type { AuditEvent, Origin, SecretRef } from '../events/event.ts';
import { networkOf } from '../events/network.ts';
import { isInstance } from '../events/principal.ts';
import { toolOf } from '../events/tool.ts';
import type { ItemKey } from './memory.ts';
import type { Past } from './past.ts';
import { accessKeySubject, isRead, principalSubject, secretSubject } from './remember.ts';
import { dayOf, hourOfDay } from './spans.ts';

/** A settled way to read a secret. */
interface Settled {
  /** The session and the network do not matter: the principal is used everywhere. */
  readonly everywhere: boolean;
  /** Undefined for a second record, of a service, which says nothing of the session's networks. */
  readonly accessKeyId: string | undefined;
  readonly kind: AuditEvent['kind'];
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly invokedBy: string | undefined;
  readonly origin: Origin;
  readonly versionId: string | undefined;
  readonly stage: unknown;
  readonly day: string;
  /** Milliseconds since 1970: an earlier event of that day might have been new. */
  readonly from: number;
  /** A bit for each hour of the day that is a habit of the principal's. */
  readonly hours: number;
  /** Whom and what it is about. */
  readonly subjects: readonly Subject[];
  /** How many changes there had been. */
  readonly changes: number;
}

/** The subject of items, of which more was remembered than habits. */
interface Subject {
  /** The number of its latest change. */
  latest: number;
}

/** Of one principal and secret, at a time. */
const MOST_WAYS = 16;
/** Secrets of principals, and changed subjects. Beyond this all is settled anew. */
const MOST = 50_000;

export class SettledReads {
  /** By the keys of principal and secret. */
  readonly #ways = new Map<string, Map<string, readonly Settled[]>>();
  #size = 0;
  readonly #subjects = new Map<string, Subject>();
  #changes = 0;
  /** What was settled before is no longer looked after. */
  #settledAnew = 0;

  /** @returns undefined for a read that has to be judged. */
  find(event: AuditEvent): Settled | undefined {
    const [secret] = event.secrets;
    if (secret === undefined || !isRead(event)) return undefined;
    const ways = this.#ways.get(event.principal.key)?.get(secret.key);
    const settled = ways?.find((way) => isOf(way, event));
    return settled === undefined || this.hasChanged(settled) ? undefined : settled;
  }

  /** @param event that was found usual, and in which no detector found anything, nor would a day later. */
  add(event: AuditEvent, past: Past): void {
    const [secret] = event.secrets;
    if (secret === undefined || event.secrets.length > 1) return;
    this.#makeRoom();
    const secrets = this.#ways.get(event.principal.key) ?? new Map<string, readonly Settled[]>();
    this.#ways.set(event.principal.key, secrets);
    const known = secrets.get(secret.key);
    if (known === undefined) this.#size += 1;
    const others = known?.filter((way) => !isOf(way, event) && !this.hasChanged(way)) ?? [];
    const way = this.#settledBy(event, past, secret);
    secrets.set(secret.key, [way, ...others.slice(0, MOST_WAYS - 1)]);
  }

  /** What is remembered of the subject is no habit. */
  changed({ subject }: ItemKey): void {
    this.#makeRoom();
    this.#changes += 1;
    this.#subject(subject).latest = this.#changes;
  }

  #subject(name: string): Subject {
    const known = this.#subjects.get(name);
    if (known !== undefined) return known;
    const subject = { latest: 0 };
    this.#subjects.set(name, subject);
    return subject;
  }

  #makeRoom(): void {
    if (this.#size + this.#subjects.size < MOST) return;
    this.#ways.clear();
    this.#subjects.clear();
    this.#size = 0;
    this.#changes += 1;
    this.#settledAnew = this.#changes;
  }

  hasChanged({ subjects, changes }: Settled): boolean {
    if (changes < this.#settledAnew) return true;
    for (const { latest } of subjects) if (latest > changes) return true;
    return false;
  }

  #settledBy(event: AuditEvent, past: Past, secret: SecretRef): Settled {
    const { kind, name, accountId, region, principal, origin, versionId, request, time } = event;
    const accessKeyId = sessionOf(event);
    const session = accessKeyId === undefined ? [] : [accessKeySubject(accessKeyId)];
    const subjects = [principalSubject(principal.key), secretSubject(secret.key), ...session];
    return {
      everywhere: past.isEverywhere && !isInstance(principal),
      accessKeyId,
      kind,
      name,
      accountId,
      region,
      invokedBy: principal.invokedBy,
      origin,
      versionId,
      stage: request?.['versionStage'],
      day: dayOf(time),
      from: time,
      hours: hoursOf(event, past),
      subjects: subjects.map((subject) => this.#subject(subject)),
      changes: this.#changes,
    };
  }
}

const isOf = (way: Settled, event: AuditEvent): boolean =>
  way.name === event.name &&
  way.kind === event.kind &&
  way.day === dayOf(event.time) &&
  event.time >= way.from &&
  (way.hours & bitOf(hourOfDay(event.time))) !== 0 &&
  way.invokedBy === event.principal.invokedBy &&
  way.region === event.region &&
  way.accountId === event.accountId &&
  way.versionId === event.versionId &&
  way.stage === event.request?.['versionStage'] &&
  ((way.everywhere && way.origin.endpointAccountId === event.origin.endpointAccountId) ||
    (way.accessKeyId === sessionOf(event) && isSameNetwork(way.origin, event.origin))) &&
  isSameTool(way.origin, event.origin) &&
  event.secrets.length === 1;

/** Nearly always even the texts are the same, which is seen at once. */
const isSameNetwork = (one: Origin, other: Origin): boolean =>
  (one.vpcEndpointId === other.vpcEndpointId && one.address === other.address) ||
  networkOf(one) === networkOf(other);

const isSameTool = (one: Origin, other: Origin): boolean =>
  one.userAgent === other.userAgent || toolOf(one.userAgent) === toolOf(other.userAgent);

const sessionOf = ({ kind, principal }: AuditEvent): string | undefined =>
  kind === 'witness' ? undefined : principal.accessKeyId;

const bitOf = (hour: string): number => 1 << Number(hour);

const ALL_HOURS = 2 ** 24 - 1;

/** What a service tells besides the call itself says nothing of the hours that somebody works in. */
function hoursOf({ kind }: AuditEvent, past: Past): number {
  if (kind === 'witness') return ALL_HOURS;
  let hours = 0;
  for (const hour of past.habits('hour')) hours |= bitOf(hour);
  return hours;
}

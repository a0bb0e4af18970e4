/**
 * Reads that were judged, found usual and told nobody of. The same read later on that day, by the same caller from the
 * same place, can come to nothing else, as long as nothing but habits is remembered of who reads and of what is read.
 * Most of the traffic ends here.
 */
import type { AuditEvent, Principal, SecretRef } from '../events/event.ts';
import { networkOf } from '../events/network.ts';
import { toolOf } from '../events/tool.ts';
import type { ItemKey } from './memory.ts';
import type { Past } from './past.ts';
import { accessKeySubject, isRead, principalSubject, secretSubject } from './remember.ts';
import { dayOf, hourOfDay } from './spans.ts';

/** A settled way to read a secret. */
export interface Settled {
  readonly kind: AuditEvent['kind'];
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly network: string | undefined;
  readonly tool: string;
  readonly versionId: string | undefined;
  readonly stage: unknown;
  readonly day: string;
  /** Milliseconds since 1970: an earlier event of that day might have been new. */
  readonly from: number;
  /** A bit for each hour of the day that is a habit of the principal's. */
  readonly hours: number;
  /** Whom and what it is about, as subjects of items. */
  readonly subjects: readonly string[];
  /** How many changes there had been. */
  readonly changes: number;
}

/** Of one principal and secret, at a time. */
const MOST_WAYS = 8;
/** Beyond this all is settled anew. */
const MOST_SUBJECTS = 100_000;

export class SettledReads {
  /** The reader keeps one object for each principal and secret while it sees them: with it goes what is settled. */
  #ways = new WeakMap<Principal, Map<SecretRef, Settled[]>>();
  /** By subject: the number of its latest change. */
  readonly #latest = new Map<string, number>();
  #changes = 0;

  /** @returns undefined for a read that has to be judged. */
  find(event: AuditEvent): Settled | undefined {
    const [secret] = event.secrets;
    if (secret === undefined || !isRead(event)) return undefined;
    const ways = this.#ways.get(event.principal)?.get(secret);
    const settled = ways?.find((way) => isOf(way, event));
    return settled === undefined || this.hasChanged(settled) ? undefined : settled;
  }

  /** @param event that was found usual, and in which no detector found anything, nor would a day later. */
  add(event: AuditEvent, past: Past): void {
    const [secret] = event.secrets;
    if (secret === undefined || event.secrets.length > 1) return;
    const secrets = this.#ways.get(event.principal) ?? new Map<SecretRef, Settled[]>();
    this.#ways.set(event.principal, secrets);
    const others = secrets.get(secret)?.filter((way) => !isOf(way, event) && !this.hasChanged(way)) ?? [];
    secrets.set(secret, [settledBy(event, past, secret, this.#changes), ...others.slice(0, MOST_WAYS - 1)]);
  }

  /** What is remembered of the subject is no habit. */
  changed({ subject }: ItemKey): void {
    if (this.#latest.size >= MOST_SUBJECTS) {
      this.#ways = new WeakMap();
      this.#latest.clear();
    }
    this.#changes += 1;
    this.#latest.set(subject, this.#changes);
  }

  hasChanged({ subjects, changes }: Settled): boolean {
    for (const subject of subjects) if ((this.#latest.get(subject) ?? 0) > changes) return true;
    return false;
  }
}

const isOf = (way: Settled, event: AuditEvent): boolean =>
  way.name === event.name &&
  way.kind === event.kind &&
  way.day === dayOf(event.time) &&
  event.time >= way.from &&
  (way.hours & bitOf(hourOfDay(event.time))) !== 0 &&
  way.region === event.region &&
  way.accountId === event.accountId &&
  way.versionId === event.versionId &&
  way.stage === event.request?.['versionStage'] &&
  way.network === networkOf(event.origin) &&
  way.tool === toolOf(event.origin.userAgent) &&
  event.secrets.length === 1;

function settledBy(event: AuditEvent, past: Past, secret: SecretRef, changes: number): Settled {
  const { kind, name, accountId, region, principal, origin, versionId, request, time } = event;
  const session = principal.accessKeyId === undefined ? [] : [accessKeySubject(principal.accessKeyId)];
  return {
    kind,
    name,
    accountId,
    region,
    network: networkOf(origin),
    tool: toolOf(origin.userAgent),
    versionId,
    stage: request?.['versionStage'],
    day: dayOf(time),
    from: time,
    hours: hoursOf(event, past),
    subjects: [principalSubject(principal.key), secretSubject(secret.key), ...session],
    changes,
  };
}

const bitOf = (hour: string): number => 1 << Number(hour);

const ALL_HOURS = 2 ** 24 - 1;

/** What a service tells besides the call itself says nothing of the hours that somebody works in. */
function hoursOf({ kind }: AuditEvent, past: Past): number {
  if (kind === 'witness') return ALL_HOURS;
  let hours = 0;
  for (let hour = 0; hour < 24; hour++) if (past.isHabit('hour', String(hour))) hours |= bitOf(String(hour));
  return hours;
}

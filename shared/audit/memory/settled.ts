/**
 * Reads that were judged, found usual and told nobody of. The same read later on that day, by the same caller from the
 * same place, can come to nothing else, as long as nothing but habits is remembered of who reads and of what is read.
 * Most of the traffic ends here.
 */
import type { AuditEvent, SecretRef } from '../events/event.ts';
import { networkOf } from '../events/network.ts';
import { toolOf } from '../events/tool.ts';
import type { ItemKey } from './memory.ts';
import type { Past } from './past.ts';
import { accessKeySubject, isRead, principalSubject, secretSubject } from './remember.ts';
import { dayOf, hourOfDay } from './spans.ts';

/** A settled way to read a secret. */
interface Settled {
  /** Undefined where it does not matter: a second record, of a service, says nothing of the session's networks. */
  readonly accessKeyId: string | undefined;
  readonly kind: AuditEvent['kind'];
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly invokedBy: string | undefined;
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
const MOST_WAYS = 16;
/** Secrets of principals, and changed subjects. Beyond this all is settled anew. */
const MOST = 50_000;

export class SettledReads {
  /** By the keys of principal and secret. */
  readonly #ways = new Map<string, Map<string, readonly Settled[]>>();
  #size = 0;
  /** By subject: the number of its latest change. */
  readonly #latest = new Map<string, number>();
  #changes = 0;

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
    const way = settledBy(event, past, secret, this.#changes);
    secrets.set(secret.key, [way, ...others.slice(0, MOST_WAYS - 1)]);
  }

  /** What is remembered of the subject is no habit. */
  changed({ subject }: ItemKey): void {
    this.#makeRoom();
    this.#changes += 1;
    this.#latest.set(subject, this.#changes);
  }

  #makeRoom(): void {
    if (this.#size + this.#latest.size < MOST) return;
    this.#ways.clear();
    this.#latest.clear();
    this.#size = 0;
  }

  hasChanged({ subjects, changes }: Settled): boolean {
    for (const subject of subjects) if ((this.#latest.get(subject) ?? 0) > changes) return true;
    return false;
  }
}

const isOf = (way: Settled, event: AuditEvent): boolean =>
  way.name === event.name &&
  way.kind === event.kind &&
  way.accessKeyId === sessionOf(event) &&
  way.day === dayOf(event.time) &&
  event.time >= way.from &&
  (way.hours & bitOf(hourOfDay(event.time))) !== 0 &&
  way.invokedBy === event.principal.invokedBy &&
  way.region === event.region &&
  way.accountId === event.accountId &&
  way.versionId === event.versionId &&
  way.stage === event.request?.['versionStage'] &&
  way.network === networkOf(event.origin) &&
  way.tool === toolOf(event.origin.userAgent) &&
  event.secrets.length === 1;

const sessionOf = ({ kind, principal }: AuditEvent): string | undefined =>
  kind === 'witness' ? undefined : principal.accessKeyId;

function settledBy(event: AuditEvent, past: Past, secret: SecretRef, changes: number): Settled {
  const { kind, name, accountId, region, principal, origin, versionId, request, time } = event;
  const accessKeyId = sessionOf(event);
  const session = accessKeyId === undefined ? [] : [accessKeySubject(accessKeyId)];
  return {
    accessKeyId,
    kind,
    name,
    accountId,
    region,
    invokedBy: principal.invokedBy,
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
  for (const hour of past.habits('hour')) hours |= bitOf(hour);
  return hours;
}

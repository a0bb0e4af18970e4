/**
 * Reads that were judged, found usual and told nobody of. The same read later on that day, by the same caller from the
 * same place, can come to nothing else, as long as nothing new is remembered of who reads and of what is read. Most of
 * the traffic ends here.
 */
import type { AuditEvent } from '../events/event.ts';
import { networkOf } from '../events/network.ts';
import { toolOf } from '../events/tool.ts';
import type { ItemKey } from './memory.ts';
import type { Past } from './past.ts';
import { accessKeySubject, isRead, principalSubject, secretSubject } from './remember.ts';
import { dayOf, hourOfDay } from './spans.ts';

/** Beyond this it begins anew. */
const MOST = 100_000;

interface Settled {
  /** Milliseconds since 1970: an earlier event of that day might have been new. */
  readonly from: number;
  /** A bit for each hour of the day that is a habit of the principal's. */
  readonly hours: number;
  /** How many changes there had been. */
  readonly changes: number;
}

export class SettledReads {
  readonly #reads = new Map<string, Settled>();
  /** By subject: the number of the latest change of what is remembered of it. */
  readonly #latest = new Map<string, number>();
  #changes = 0;

  /** How many there have been. */
  get changes(): number {
    return this.#changes;
  }

  has(event: AuditEvent): boolean {
    if (!isRead(event)) return false;
    const settled = this.#reads.get(nameOf(event));
    return (
      settled !== undefined &&
      event.time >= settled.from &&
      (settled.hours & bitOf(hourOfDay(event.time))) !== 0 &&
      !this.changedSince(settled.changes, event)
    );
  }

  /** @param event that was found usual, and in which no detector found anything, nor would a day later. */
  add(event: AuditEvent, past: Past): void {
    if (!isRead(event)) return;
    if (this.#reads.size + this.#latest.size >= MOST) this.#clear();
    this.#reads.set(nameOf(event), { from: event.time, hours: hoursOf(event, past), changes: this.#changes });
  }

  /** Something new is remembered of the subject. */
  changed({ subject }: ItemKey): void {
    this.#changes += 1;
    this.#latest.set(subject, this.#changes);
  }

  /** Whether anything new is remembered of whom and what the event is about, since there were so many changes. */
  changedSince(changes: number, { principal, secrets }: AuditEvent): boolean {
    const isLater = (subject: string) => (this.#latest.get(subject) ?? 0) > changes;
    return (
      isLater(principalSubject(principal.key)) ||
      (principal.accessKeyId !== undefined && isLater(accessKeySubject(principal.accessKeyId))) ||
      secrets.some(({ key }) => isLater(secretSubject(key)))
    );
  }

  #clear(): void {
    this.#reads.clear();
    this.#latest.clear();
  }
}

function nameOf(event: AuditEvent): string {
  const { time, kind, name, accountId, region, principal, origin, secrets, versionId, request } = event;
  const what = secrets.length === 1 ? secrets[0]?.key : secrets.map(({ key }) => key).join(' ');
  const whom = `${principal.key} ${principal.accessKeyId} ${principal.invokedBy}`;
  const where = `${networkOf(origin)} ${toolOf(origin.userAgent)}`;
  return `${dayOf(time)} ${kind} ${name} ${accountId} ${region} ${whom} ${where} ${what} ${versionId} ${request?.['versionStage']}`;
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

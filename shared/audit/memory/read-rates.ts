/**
 * How often each principal reads in an hour, as far as this process sees. Usual reads are never written, so nothing but
 * the level that was reached is: a mark, once.
 */
import type { AuditEvent } from '../events/event.ts';
import type { Note } from './note.ts';
import { isRead, KEPT, principalPage } from './remember.ts';
import { hourOf, quarterOf } from './spans.ts';

/** Reads in one hour. Each is ten times the one before it. */
export const READ_LEVELS = [30, 300, 3000] as const;

/** Hours of principals that are counted at a time. */
const MOST_COUNTS = 5000;
/** So many events are known by their ids, so that one which comes twice counts once. */
const MOST_IDS = 300;

interface Count {
  readonly ids: Set<string>;
  reads: number;
}

export class ReadRates {
  /** By hour, then by principal. */
  readonly #hours = new Map<string, Map<string, Count>>();
  #size = 0;

  /** @returns what to remember, when the event is the one by which a level was reached */
  count(event: AuditEvent): Note | undefined {
    if (event.kind !== 'call' || !isRead(event)) return undefined;
    const count = this.#hourOf(event);
    const id = event.sharedId ?? event.id;
    if (count.ids.has(id)) return undefined;
    if (count.ids.size < MOST_IDS) count.ids.add(id);
    count.reads += 1;
    const { principal, time } = event;
    return READ_LEVELS.some((level) => level === count.reads)
      ? {
          key: principalPage(principal.key, quarterOf(time)),
          kind: 'rate',
          value: String(count.reads),
          time,
          keep: 'first',
          until: time + KEPT,
        }
      : undefined;
  }

  #hourOf({ principal, time }: AuditEvent): Count {
    const hour = hourOf(time);
    const known = this.#hours.get(hour)?.get(principal.key);
    if (known !== undefined) return known;
    this.#trim();
    const principals = this.#hours.get(hour) ?? new Map<string, Count>();
    this.#hours.set(hour, principals);
    const count = { ids: new Set<string>(), reads: 0 };
    principals.set(principal.key, count);
    this.#size += 1;
    return count;
  }

  /** The hours that were begun first go first. */
  #trim(): void {
    for (const [hour, { size }] of this.#hours) {
      if (this.#size < MOST_COUNTS) return;
      this.#hours.delete(hour);
      this.#size -= size;
    }
  }
}

/**
 * How often each principal reads in an hour, and each secret is read, as far as this process sees. Usual reads are never
 * written, so nothing but the level that was reached is: a mark, once.
 */
import type { AuditEvent } from '../events/event.ts';
import type { ItemKey } from './memory.ts';
import type { Note } from './note.ts';
import { isRead, KEPT, principalPage, secretPage } from './remember.ts';
import { hourOf, quarterOf } from './spans.ts';

/** Reads in one hour. Each is some three times the one before it. */
export const READ_LEVELS = [30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000] as const;

const LEVELS: ReadonlySet<number> = new Set(READ_LEVELS);
/** Hours of principals that are counted at a time. */
const MOST_PRINCIPALS = 5000;
/** Hours of secrets: they take less room, as they hold no ids. */
const MOST_SECRETS = 20_000;
/** So many events of a principal are known by their ids, so that one which comes twice counts once. */
const MOST_IDS = 300;

interface Count {
  reads: number;
}

interface CountOfPrincipal extends Count {
  readonly ids: Set<string>;
}

export class ReadRates {
  readonly #principals = new Hours(MOST_PRINCIPALS, (): CountOfPrincipal => ({ reads: 0, ids: new Set() }));
  readonly #secrets = new Hours(MOST_SECRETS, (): Count => ({ reads: 0 }));

  /** @returns what to remember, when the event is the one by which levels were reached */
  count(event: AuditEvent): readonly Note[] {
    if (event.kind !== 'call' || !isRead(event)) return NONE;
    const { principal, secrets, time } = event;
    const hour = hourOf(time);
    const ofPrincipal = this.#principals.get(hour, principal.key);
    const id = event.sharedId ?? event.id;
    if (ofPrincipal.ids.has(id)) return NONE;
    if (ofPrincipal.ids.size < MOST_IDS) ofPrincipal.ids.add(id);
    const notes = reached(ofPrincipal)
      ? [noteOf(principalPage(principal.key, quarterOf(time)), ofPrincipal, time)]
      : [];
    for (const { key } of secrets) {
      const ofSecret = this.#secrets.get(hour, key);
      if (reached(ofSecret)) notes.push(noteOf(secretPage(key, quarterOf(time)), ofSecret, time));
    }
    return notes;
  }
}

const NONE: readonly Note[] = [];

/** Counts one more read. */
function reached(count: Count): boolean {
  count.reads += 1;
  return LEVELS.has(count.reads);
}

const noteOf = (key: ItemKey, { reads }: Count, time: number): Note => ({
  key,
  kind: 'rate',
  value: String(reads),
  time,
  keep: 'first',
  until: time + KEPT,
});

/** Something of each name in an hour. The hours that were begun first go first. */
class Hours<T> {
  readonly #most: number;
  readonly #make: () => T;
  readonly #hours = new Map<string, Map<string, T>>();
  #size = 0;

  constructor(most: number, make: () => T) {
    this.#most = most;
    this.#make = make;
  }

  get(hour: string, name: string): T {
    return this.#hours.get(hour)?.get(name) ?? this.#begin(hour, name);
  }

  #begin(hour: string, name: string): T {
    this.#trim();
    const ofHour = this.#hours.get(hour) ?? new Map<string, T>();
    this.#hours.set(hour, ofHour);
    const made = this.#make();
    ofHour.set(name, made);
    this.#size += 1;
    return made;
  }

  #trim(): void {
    for (const [hour, { size }] of this.#hours) {
      if (this.#size < this.#most) return;
      this.#hours.delete(hour);
      this.#size -= size;
    }
  }
}

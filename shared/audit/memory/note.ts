/** One remembered thing: at that minute, this was seen. Written as a mark of an item. */
import type { ItemKey } from './memory.ts';
import { MINUTE } from './spans.ts';

export interface Note {
  readonly key: ItemKey;
  /** What was seen, for instance `read`; letters and hyphens. */
  readonly kind: string;
  /** Milliseconds since 1970; remembered to the minute. */
  readonly time: number;
  /** Of what, for instance a secret's key. */
  readonly value: string;
  /**
   * `first`: only the earliest time of this kind and value matters. `each`: every minute does. `changes`: only a value
   * other than the latest of its kind does.
   */
  readonly keep: 'first' | 'each' | 'changes';
  /** When it may be forgotten, in milliseconds since 1970. */
  readonly until: number;
}

export interface Sighting {
  readonly time: number;
  readonly value: string;
}

/** DynamoDB counts the bytes of every write, so a mark is short: minutes since 1970 to the base 36. */
export const markOf = ({ kind, time, value }: Note): string =>
  `${kind}|${Math.floor(time / MINUTE).toString(36)}|${value}`;

interface Times {
  first: number;
  readonly all: number[];
}

/** The marks of an item, read once. */
export class Page {
  readonly #kinds = new Map<string, Map<string, Times>>();
  readonly #marks = new Set<string>();
  #bytes = 0;

  constructor(marks: Iterable<string> = []) {
    this.add(marks);
  }

  add(marks: Iterable<string>): void {
    for (const mark of marks) if (!this.#marks.has(mark)) this.#read(mark);
  }

  #read(mark: string): void {
    this.#marks.add(mark);
    this.#bytes += mark.length;
    const [kind = '', minutes = '', ...rest] = mark.split('|');
    const values = this.#kinds.get(kind) ?? new Map<string, Times>();
    this.#kinds.set(kind, values);
    const value = rest.join('|');
    const time = Number.parseInt(minutes, 36) * MINUTE;
    const times = values.get(value);
    if (times === undefined) values.set(value, { first: time, all: [time] });
    else {
      times.first = Math.min(times.first, time);
      times.all.push(time);
    }
  }

  /** About as much as the item holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether adding the note would change nothing of what is known. */
  knows(note: Note): boolean {
    if (note.keep === 'each') return this.#marks.has(markOf(note));
    if (note.keep === 'changes') return this.#latest(note.kind) === note.value;
    return (this.first(note.kind, note.value) ?? Number.POSITIVE_INFINITY) <= note.time;
  }

  #latest(kind: string): string | undefined {
    let latest: Sighting | undefined;
    for (const sighting of this.sightings(kind))
      if (latest === undefined || sighting.time > latest.time) latest = sighting;
    return latest?.value;
  }

  /** When the value was first seen, to the minute. */
  first(kind: string, value: string): number | undefined {
    return this.#kinds.get(kind)?.get(value)?.first;
  }

  /** How many different values of a kind are known. */
  count(kind: string): number {
    return this.#kinds.get(kind)?.size ?? 0;
  }

  values(kind: string): Iterable<string> {
    return this.#kinds.get(kind)?.keys() ?? [];
  }

  /** All sightings of a kind, in no order. */
  sightings(kind: string): readonly Sighting[] {
    const values = this.#kinds.get(kind);
    if (values === undefined) return NONE;
    const found: Sighting[] = [];
    for (const [value, { all }] of values) for (const time of all) found.push({ time, value });
    return found;
  }

  /** When each value of a kind was first seen. */
  *firsts(kind: string): Iterable<readonly [value: string, time: number]> {
    for (const [value, { first }] of this.#kinds.get(kind) ?? []) yield [value, first];
  }
}

/** Most pages have none of what is asked for. */
const NONE: readonly Sighting[] = [];

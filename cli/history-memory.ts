/**
 * A memory for reading history, which may be long: what counts for an hour or a day only is forgotten when it was not
 * written for long. History mostly comes in order, so by then nothing is near it any more.
 */
import { InProcessMemory } from '../shared/audit/memory/in-process.ts';
import type { Addition, ItemKey, Marks } from '../shared/audit/memory/memory.ts';

/** Items of hours, sessions and calls that are kept at the least; twice as many at the most. */
const PASSING_KEPT = 10_000;

export class HistoryMemory extends InProcessMemory {
  #recent = new InProcessMemory();
  #older = new InProcessMemory();

  override async read(keys: readonly ItemKey[]): Promise<readonly Marks[]> {
    const [lasting, recent, older] = await Promise.all([
      super.read(keys),
      this.#recent.read(keys),
      this.#older.read(keys),
    ]);
    return keys.map((key, at) => (isPassing(key) ? joined(recent[at], older[at]) : (lasting[at] ?? NONE)));
  }

  override async add(additions: readonly Addition[]): Promise<readonly Marks[]> {
    this.#trim();
    await this.#recent.add(additions.filter(({ key }) => isPassing(key)));
    await super.add(additions.filter(({ key }) => !isPassing(key)));
    return await this.read(additions.map(({ key }) => key));
  }

  #trim(): void {
    if (this.#recent.size < PASSING_KEPT) return;
    this.#older = this.#recent;
    this.#recent = new InProcessMemory();
  }
}

const NONE: Marks = new Set();

const joined = (recent: Marks = NONE, older: Marks = NONE): Marks =>
  older.size === 0 ? recent : recent.size === 0 ? older : recent.union(older);

/** Hours have a T in their span. The digest of a day is for the sweep, which there is none of. */
const isPassing = ({ subject, span }: ItemKey): boolean =>
  span.includes('T') || /^(key|call|digest)\//.test(subject);

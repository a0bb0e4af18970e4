/**
 * The pages that this process has read, over the memory that all share. A page here may lack what others added since;
 * what it does hold is true for ever, because nothing is ever taken away. So a note known here needs no call.
 */
import { KeyMap } from './key-map.ts';
import type { Addition, ItemKey, Memory } from './memory.ts';
import { markOf, type Note, Page } from './note.ts';

const EMPTY = new Page();

export class Shelf {
  readonly #memory: Memory;
  readonly #mostPages: number;
  #recent = new KeyMap<Page>();
  /** What was not asked for since it went here goes next. */
  #older = new KeyMap<Page>();

  /** @param mostPages how many pages are kept; those that were not read for long go first. */
  constructor(memory: Memory, mostPages = 20_000) {
    this.#memory = memory;
    this.#mostPages = mostPages;
  }

  /** What is known here; empty for a page that was never loaded. */
  page(key: ItemKey): Page {
    return this.#find(key) ?? EMPTY;
  }

  #find(key: ItemKey): Page | undefined {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    const older = this.#older.get(key);
    if (older !== undefined) this.#recent.set(key, older);
    return older;
  }

  /** Reads the pages that are not here yet. */
  async load(keys: readonly ItemKey[]): Promise<void> {
    const missing = new KeyMap<ItemKey>();
    for (const key of keys) if (this.#find(key) === undefined) missing.set(key, key);
    await this.refresh([...missing.values()]);
  }

  /** Reads the pages as they are now, whether here or not. */
  async refresh(keys: readonly ItemKey[]): Promise<void> {
    if (keys.length === 0) return;
    const read = await this.#memory.read(keys);
    keys.forEach((key, at) => {
      this.#put(key, read[at] ?? []);
    });
  }

  /** Adds what is not known, and resolves to the keys that were written: their pages are now as all wrote them. */
  async add(notes: readonly Note[]): Promise<readonly ItemKey[]> {
    const additions = this.#additions(notes);
    if (additions.length === 0) return [];
    const after = await this.#memory.add(additions);
    additions.forEach(({ key }, at) => {
      this.#put(key, after[at] ?? []);
    });
    return additions.map(({ key }) => key);
  }

  #additions(notes: readonly Note[]): Addition[] {
    const additions = new KeyMap<{ key: ItemKey; marks: Set<string>; until: number }>();
    for (const note of notes) {
      if (this.page(note.key).knows(note)) continue;
      const addition = additions.get(note.key) ?? { key: note.key, marks: new Set(), until: 0 };
      additions.set(note.key, addition);
      addition.marks.add(markOf(note));
      addition.until = Math.max(addition.until, note.until);
    }
    return [...additions.values()];
  }

  #put(key: ItemKey, marks: Iterable<string>): void {
    const page = this.#find(key);
    if (page === undefined) this.#recent.set(key, new Page(marks));
    else page.add(marks);
  }

  /** Between batches only: a page may not go while its batch is judged. */
  trim(): void {
    if (this.#recent.size * 2 <= this.#mostPages) return;
    this.#older = this.#recent;
    this.#recent = new KeyMap();
  }
}

/**
 * The pages that this process has read, over the memory that all share. A page here may lack what others added since;
 * what it does hold is true for ever, because nothing is ever taken away. So a note known here needs no call.
 */
import type { Addition, ItemKey, Memory } from './memory.ts';
import { markOf, type Note, Page } from './note.ts';

const nameOf = ({ subject, span }: ItemKey): string => `${subject}#${span}`;

const EMPTY = new Page();

export class Shelf {
  readonly #memory: Memory;
  readonly #mostPages: number;
  readonly #pages = new Map<string, Page>();
  /** The page asked for last, which is mostly asked for again, by the same key. */
  #last: { readonly key: ItemKey; readonly page: Page } | undefined;

  /** @param mostPages how many pages are kept; the least recently read go first. */
  constructor(memory: Memory, mostPages = 20_000) {
    this.#memory = memory;
    this.#mostPages = mostPages;
  }

  /** What is known here; empty for a page that was never loaded. */
  page(key: ItemKey): Page {
    if (this.#last?.key === key) return this.#last.page;
    const page = this.#pages.get(nameOf(key));
    if (page === undefined) return EMPTY;
    this.#last = { key, page };
    return page;
  }

  /** Reads the pages that are not here yet. */
  async load(keys: readonly ItemKey[]): Promise<void> {
    await this.refresh(distinct(keys).filter((key) => !this.#touch(key)));
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
    const additions = new Map<string, { key: ItemKey; marks: Set<string>; until: number }>();
    for (const note of notes) {
      if (this.page(note.key).knows(note)) continue;
      const name = nameOf(note.key);
      const addition = additions.get(name) ?? { key: note.key, marks: new Set(), until: 0 };
      additions.set(name, addition);
      addition.marks.add(markOf(note));
      addition.until = Math.max(addition.until, note.until);
    }
    return [...additions.values()];
  }

  /** Whether the page is here; if so, it is now the most recently used. */
  #touch(key: ItemKey): boolean {
    const name = nameOf(key);
    const page = this.#pages.get(name);
    if (page === undefined) return false;
    this.#pages.delete(name);
    this.#pages.set(name, page);
    return true;
  }

  #put(key: ItemKey, marks: Iterable<string>): void {
    if (this.#touch(key)) this.page(key).add(marks);
    else this.#pages.set(nameOf(key), new Page(marks));
  }

  /** Between batches only: a page may not go while its batch is judged. */
  trim(): void {
    this.#last = undefined;
    for (const name of this.#pages.keys()) {
      if (this.#pages.size <= this.#mostPages) return;
      this.#pages.delete(name);
    }
  }
}

const distinct = (keys: readonly ItemKey[]): ItemKey[] => [
  ...new Map(keys.map((key) => [nameOf(key), key])).values(),
];

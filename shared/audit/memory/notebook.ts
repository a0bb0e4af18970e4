/** What events say that their pages do not know yet. Nearly all say nothing new, so a note is made only when it is. */
import type { ItemKey } from './memory.ts';
import type { Note, Page } from './note.ts';
import type { Shelf } from './shelf.ts';

export class Notebook {
  readonly notes: Note[] = [];
  readonly #shelf: Shelf;

  /** @param shelf on which the pages of all events are. */
  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  /** @param kept how long after the event the notes are needed, in milliseconds. */
  about(key: ItemKey, time: number, kept: number): Entry {
    return new Entry(this.notes, this.#shelf.page(key), key, time, time + kept);
  }
}

/** What one event says for one page. */
export class Entry {
  readonly #notes: Note[];
  readonly #page: Page;
  readonly #key: ItemKey;
  readonly #time: number;
  readonly #until: number;

  constructor(notes: Note[], page: Page, key: ItemKey, time: number, until: number) {
    this.#notes = notes;
    this.#page = page;
    this.#key = key;
    this.#time = time;
    this.#until = until;
  }

  first(kind: string, value: string): void {
    const known = this.#page.first(kind, value);
    if (known === undefined || known > this.#time) this.#note(kind, value, 'first');
  }

  each(kind: string, value: string): void {
    this.#note(kind, value, 'each');
  }

  changes(kind: string, value: string): void {
    this.#note(kind, value, 'changes');
  }

  #note(kind: string, value: string, keep: Note['keep']): void {
    this.#notes.push({ key: this.#key, kind, value, keep, time: this.#time, until: this.#until });
  }
}

import { KeyMap } from './key-map.ts';
import type { Addition, ItemKey, Marks, Memory } from './memory.ts';

/** A memory that ends with the process, for reading history. Nothing is forgotten before. */
export class InProcessMemory implements Memory {
  readonly #items = new KeyMap<Set<string>>();
  readonly #claims = new Map<string, number>();

  /** How many items there are. */
  get size(): number {
    return this.#items.size;
  }

  read(keys: readonly ItemKey[]): Promise<readonly Marks[]> {
    return Promise.resolve(keys.map((key) => this.#items.get(key) ?? NOTHING));
  }

  add(additions: readonly Addition[]): Promise<readonly Marks[]> {
    return Promise.resolve(additions.map((addition) => this.#addOne(addition)));
  }

  claim(key: ItemKey, what: string, now: number, until: number): Promise<boolean> {
    const name = `${nameOf(key)}#${what}`;
    const free = (this.#claims.get(name) ?? 0) <= now;
    if (free) this.#claims.set(name, until);
    return Promise.resolve(free);
  }

  #addOne({ key, marks }: Addition): Marks {
    const item = this.#items.get(key) ?? new Set();
    this.#items.set(key, item);
    for (const mark of marks) item.add(mark);
    return item;
  }
}

const NOTHING: Marks = new Set();

const nameOf = ({ subject, span }: ItemKey): string => `${subject}#${span}`;

/** A map by the keys of items. Its two levels save the joining of subject and span into one text for each look. */
import type { ItemKey } from './memory.ts';

export class KeyMap<T> {
  readonly #subjects = new Map<string, Map<string, T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get({ subject, span }: ItemKey): T | undefined {
    return this.#subjects.get(subject)?.get(span);
  }

  *values(): Iterable<T> {
    for (const spans of this.#subjects.values()) yield* spans.values();
  }

  set({ subject, span }: ItemKey, value: T): void {
    const spans = this.#subjects.get(subject) ?? new Map<string, T>();
    this.#subjects.set(subject, spans);
    if (!spans.has(span)) this.#size += 1;
    spans.set(span, value);
  }
}

/**
 * A value that cannot be printed: every way a logger, an error or a template turns it into text
 * gives `<redacted>`. It guards against accidents, not against code that wants the value:
 * whoever calls `reveal()` holds it, which is why a repository test confines that call
 * to the engines and the AWS adapters.
 */
const HIDDEN = '<redacted>';

export class Redacted<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** Combines two hidden values; the result stays hidden. */
  static combine<A, B, R>(a: Redacted<A>, b: Redacted<B>, f: (a: A, b: B) => R): Redacted<R> {
    return new Redacted(f(a.#value, b.#value));
  }

  /** Transforms the value; the result stays hidden. `f` must not put the value into an error. */
  map<R>(f: (value: T) => R): Redacted<R> {
    return new Redacted(f(this.#value));
  }

  /** A yes-or-no question about the value. */
  satisfies(question: (value: T) => boolean): boolean {
    return question(this.#value);
  }

  equals(other: Redacted<T>): boolean {
    return this.#value === other.#value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.toPrimitive](): string {
    return HIDDEN;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN;
  }
}

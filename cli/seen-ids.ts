/** Which ids have come before, in about ten bytes each: of millions, a set of texts would not fit. */
import { hash } from 'node:crypto';

/** Many small tables, so that one which grows needs little room beside itself. */
const TABLES = 256;

export class SeenIds {
  readonly #tables = Array.from({ length: TABLES }, () => new Table());

  /** @returns whether the id is new. One in some 10^9 of a million ids may be taken for another. */
  add(id: string): boolean {
    const digest = hash('sha1', id);
    const table = this.#tables[Number.parseInt(digest.slice(0, 2), 16)];
    return table?.add(Number.parseInt(digest.slice(2, 15), 16) + 1) ?? false;
  }
}

/** Numbers from 1 to 2^52, with open addressing; 0 is an empty place. */
class Table {
  #places = new Float64Array(64);
  #size = 0;

  add(number: number): boolean {
    if (this.#size >= this.#places.length * 0.8) this.#grow();
    const isNew = put(this.#places, number);
    if (isNew) this.#size += 1;
    return isNew;
  }

  #grow(): void {
    const larger = new Float64Array(Math.ceil(this.#places.length * 1.4));
    for (const number of this.#places) if (number !== 0) put(larger, number);
    this.#places = larger;
  }
}

function put(places: Float64Array, number: number): boolean {
  for (let at = number % places.length; ; at = (at + 1) % places.length) {
    if (places[at] === number) return false;
    if (places[at] !== 0) continue;
    places[at] = number;
    return true;
  }
}

/** Which ids have come before, in 16 bytes each: of millions, a set of texts would not fit. */
import { hash } from 'node:crypto';

export class SeenIds {
  /** Open addressing; 0 is an empty place. */
  #places = new Float64Array(1 << 16);
  #size = 0;

  /** @returns whether the id is new. One in some 10^9 of a million ids may be taken for another. */
  add(id: string): boolean {
    if (this.#size * 2 >= this.#places.length) this.#grow();
    const isNew = put(this.#places, numberOf(id));
    if (isNew) this.#size += 1;
    return isNew;
  }

  #grow(): void {
    const larger = new Float64Array(this.#places.length * 2);
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

/** 52 bits, and never 0. */
const numberOf = (id: string): number => Number.parseInt(hash('sha1', id).slice(0, 13), 16) + 1;

/**
 * Cuts a file of CloudTrail, `{"Records":[…]}`, or a list, into its records while its text comes: a file may be large,
 * and as one object it is many times as large as its text.
 */
const START = /^\uFEFF?\s*(\{\s*"Records"\s*:\s*)?\[/;
/** Enough to see whether a text is such a file. */
export const START_LENGTH = 256;

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, COMMA] = [...'"\\{}[],'].map((sign) =>
  sign.charCodeAt(0),
);
/** What is not above it is a blank. */
const BLANK = 0x20;

export class RecordCutter {
  #text: string;
  #at: number;
  /** Where the record that is being read begins; -1 between two. */
  #begin = -1;
  /** Within the list; below zero, the list has ended. */
  #depth = 0;
  #ended = false;
  #inText = false;
  /** Of the whole: a list is one itself, and else an object is around it. */
  readonly isList: boolean;

  private constructor(text: string, at: number, isList: boolean) {
    this.#text = text;
    this.#at = at;
    this.isList = isList;
  }

  /** @returns undefined for what is no such file. */
  static for(start: string): RecordCutter | undefined {
    const found = START.exec(start);
    return found === null ? undefined : new RecordCutter(start, found[0].length, found[1] === undefined);
  }

  /** What follows the file's one object or list, once that has ended. */
  rest: string | undefined;

  /** @returns the records, as texts, that end in what has come so far. */
  push(chunk: string): string[] {
    this.#text += chunk;
    const records: string[] = [];
    while (this.rest === undefined && this.#at < this.#text.length) this.#step(records);
    this.#forget();
    return records;
  }

  #step(records: string[]): void {
    const sign = this.#text.charCodeAt(this.#at);
    this.#at += 1;
    if (this.#inText) {
      if (sign === BACKSLASH) this.#at += 1;
      else if (sign === QUOTE) this.#inText = false;
      return;
    }
    if (this.#depth === 0 && !this.#ended) this.#between(sign, records);
    if (sign === QUOTE) this.#inText = true;
    else if (sign === OPEN || sign === OPEN_LIST) this.#depth += 1;
    else if (sign === CLOSE || sign === CLOSE_LIST) this.#close(records);
  }

  /** What is no object is no record, but in the place of one. */
  #between(sign: number, records: string[]): void {
    if (sign === COMMA || sign === CLOSE_LIST) this.#cut(records, this.#at - 1);
    else if (sign > BLANK && this.#begin === -1) this.#begin = this.#at - 1;
  }

  #close(records: string[]): void {
    this.#depth -= 1;
    if (this.#depth < 0) this.#ended = true;
    if (this.#depth < (this.isList ? 0 : -1)) this.rest = this.#text.slice(this.#at);
    if (this.#depth === 0 && !this.#ended) this.#cut(records, this.#at);
  }

  #cut(records: string[], end: number): void {
    if (this.#begin === -1) return;
    records.push(this.#text.slice(this.#begin, end));
    this.#begin = -1;
  }

  /** Keeps only the record that has not ended. */
  #forget(): void {
    const from = this.#begin === -1 ? Math.min(this.#at, this.#text.length) : this.#begin;
    this.#text = this.#text.slice(from);
    this.#at -= from;
    if (this.#begin !== -1) this.#begin = 0;
  }
}

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

/** A record is far shorter. What goes on and on is a text whose end is broken. */
const LONGEST = 64 * 1024 * 1024;

export class RecordCutter {
  /** What came last. */
  #text: string;
  #at: number;
  /** Where in that the record begins, or goes on, that is being read; -1 between two. */
  #begin = -1;
  /** What came of it before: put together once, because each time would be long. */
  #parts: string[] = [];
  #length = 0;
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
    if (chunk !== '') this.#next(chunk);
    const records: string[] = [];
    while (this.rest === undefined && this.#at < this.#text.length) this.#step(records);
    return records;
  }

  /** Whether a record is longer than any is. */
  get isLost(): boolean {
    return this.#length > LONGEST;
  }

  #next(chunk: string): void {
    // An escape may be cut: then what it is of is the first sign to come.
    const end = Math.min(this.#at, this.#text.length);
    if (this.#begin !== -1) {
      this.#parts.push(this.#text.slice(this.#begin, end));
      this.#length += end - this.#begin;
      this.#begin = 0;
    }
    this.#text = this.#text.slice(end) + chunk;
    this.#at -= end;
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
    records.push(this.#parts.join('') + this.#text.slice(this.#begin, end));
    this.#begin = -1;
    [this.#parts, this.#length] = [[], 0];
  }
}

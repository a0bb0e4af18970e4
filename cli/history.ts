/** Events out of files, a little at a time: what CloudTrail delivered to S3, and what people make of it. */
import { eventsIn } from '../shared/audit/events/delivery.ts';
import { asObject } from '../shared/audit/events/logged.ts';
import { textOf } from './file-text.ts';
import type { HistoryFile } from './history-files.ts';
import { linesOf } from './lines.ts';
import { RecordCutter, START_LENGTH } from './record-cutter.ts';
import { recordsIn } from './wrapped-records.ts';

/** What could not be understood, in place of an event. */
export const UNREADABLE = Symbol('unreadable');
/** In place of all events of a file that is JSON and holds none. */
export const NO_HISTORY = Symbol('no history');
/** JSON without a record: whether that is a mistake, only the rest of the file tells. */
const FOREIGN = Symbol('foreign');

/** A single document must fit in memory; CloudTrail's own files are far smaller. Records and lists may go on for ever. */
const LARGEST_DOCUMENT = 256 * 1024 * 1024;

/**
 * Yields every event of a file, in whatever it is wrapped; `UNREADABLE` for a record, a line, or a whole file, that is
 * not JSON, and for what has nothing of a record among records; `NO_HISTORY`, and nothing else, for a file without any.
 *
 * @param read called now and then, with how many bytes of the file have been read.
 * @throws HistoryError when the file cannot be read.
 */
export async function* eventsOfFile(
  { path }: HistoryFile,
  read: (bytes: number) => void = () => {},
): AsyncIterable<unknown> {
  let foreign = 0;
  let isHistory = false;
  for await (const event of partsOfFile(textOf(path, read))) {
    if (event === FOREIGN) foreign += 1;
    else {
      isHistory = true;
      yield event;
    }
  }
  if (foreign > 0 && !isHistory) yield NO_HISTORY;
  for (; foreign > 0 && isHistory; foreign--) yield UNREADABLE;
}

async function* partsOfFile(text: AsyncIterable<string>): AsyncIterable<unknown> {
  const chunks = text[Symbol.asyncIterator]();
  try {
    for (let start = ''; ; ) {
      start = (await filled(start, chunks)).trimStart();
      if (start === '') return;
      const cutter = RecordCutter.for(start);
      if (cutter === undefined) return yield* eventsOfLines(linesOf(joined(start, chunks), LARGEST_DOCUMENT));
      yield* eventsOfRecords(cutter, chunks);
      if (cutter.rest === undefined) return;
      start = cutter.rest;
    }
  } finally {
    await chunks.return?.();
  }
}

async function filled(start: string, chunks: AsyncIterator<string>): Promise<string> {
  let text = start;
  while (text.length < START_LENGTH) {
    const next = await chunks.next();
    if (next.done === true) break;
    text += next.value;
  }
  return text;
}

async function* eventsOfRecords(cutter: RecordCutter, chunks: AsyncIterator<string>): AsyncIterable<unknown> {
  for (let chunk = ''; ; ) {
    for (const text of cutter.push(chunk)) {
      const value = parsed(text);
      yield* cutter.isList && value !== undefined ? eventsOf(value) : recordOr(value ?? UNREADABLE);
    }
    if (cutter.rest !== undefined) return;
    const next = await chunks.next();
    if (next.done === true || cutter.isLost) return yield UNREADABLE;
    chunk = next.value;
  }
}

async function* joined(start: string, chunks: AsyncIterator<string>): AsyncIterable<string> {
  yield start;
  yield* { [Symbol.asyncIterator]: () => chunks };
}

/** Lines of JSON; unless the first is none, and then perhaps one document, or several, over many lines. */
async function* eventsOfLines(lines: AsyncIterable<string>): AsyncIterable<unknown> {
  let document: Document | undefined;
  let isFirst = true;
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const values = document === undefined ? valuesIn(line) : undefined;
    if (isFirst && values === undefined) document = new Document();
    isFirst = false;
    if (document === undefined) yield* eventsOfAll(values ?? [UNREADABLE]);
    else {
      document.add(line);
      if (document.size > LARGEST_DOCUMENT) return yield UNREADABLE;
      if (!document.isOfLines) continue;
      yield* document.events();
      document = undefined;
    }
  }
  if (document !== undefined) yield* document.events();
}

/** What begins with a line that is no JSON. */
class Document {
  readonly #lines: string[] = [];
  size = 0;

  add(line: string): void {
    this.#lines.push(line);
    this.size += line.length;
  }

  /** In no document are two lines after each other objects: the first line was broken, and these are as meant. */
  get isOfLines(): boolean {
    const last = this.#lines.slice(-2);
    return last.length === 2 && last.every(isObject);
  }

  *events(): Iterable<unknown> {
    const values = this.isOfLines ? undefined : valuesIn(this.#lines.join('\n'));
    if (values !== undefined) return yield* eventsOfAll(values);
    yield UNREADABLE;
    for (const line of this.#lines) yield* recordsIn(parsed(line));
  }
}

/**
 * The values in a text, which Firehose writes one after the other without anything between; and logs begin a line with
 * a time.
 *
 * @returns undefined when there is something else in it.
 */
function valuesIn(text: string): readonly unknown[] | undefined {
  const whole = parsed(text);
  if (whole !== undefined) return [whole];
  const begin = text.indexOf('{');
  if (begin === -1) return undefined;
  const cutter = RecordCutter.for(`[${text.slice(begin)}]`);
  const values = cutter?.push('').map(parsed) ?? [];
  return cutter?.rest === '' && !values.includes(undefined) ? values : undefined;
}

function* eventsOfAll(values: readonly unknown[]): Iterable<unknown> {
  for (const value of values) yield* eventsOf(value);
}

function* eventsOf(document: unknown): Iterable<unknown> {
  for (const one of Array.isArray(document) ? document : [document]) {
    const delivered = deliveredIn(one);
    if (delivered === undefined) yield* recordOr(one, FOREIGN);
    else for (const record of delivered) yield* recordOr(record);
  }
}

/** @returns undefined for what is no delivery of CloudTrail, nor of a log. */
function deliveredIn(one: unknown): readonly unknown[] | undefined {
  if (asObject(one) === undefined) return undefined;
  try {
    const events = eventsIn(one);
    return events[0] === one ? undefined : events;
  } catch {
    return [UNREADABLE];
  }
}

/** @param otherwise in place of a value without records, among which it was found. */
const recordOr = (value: unknown, otherwise: unknown = UNREADABLE): readonly unknown[] => {
  if (value === UNREADABLE) return [UNREADABLE];
  const records = recordsIn(value);
  return records.length === 0 ? [otherwise] : records;
};

const isObject = (line: string): boolean =>
  line.trimStart().startsWith('{') && line.trimEnd().endsWith('}') && parsed(line) !== undefined;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Events out of files, a little at a time: what CloudTrail delivered to S3, and what people make of it. */
import { createReadStream, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { eventsIn } from '../shared/audit/events/delivery.ts';
import { RecordCutter, START_LENGTH } from './record-cutter.ts';
import { recordsIn } from './wrapped-records.ts';

export interface HistoryFile {
  readonly path: string;
  /** As it is on disk. */
  readonly bytes: number;
}

/** A mistake of whoever called: its message is for them. */
export class HistoryError extends Error {}

const READABLE = /\.(json|jsonl|ndjson)(\.gz)?$/;

/**
 * @param paths files, or folders that are searched for files whose names end with .json, .jsonl or .ndjson, also .gz.
 * @throws HistoryError when a path is not there, or holds no such file.
 */
export async function historyFiles(paths: readonly string[]): Promise<HistoryFile[]> {
  const files: HistoryFile[] = [];
  for (const path of paths) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) throw new HistoryError(`there is no file or folder ${path}`);
    const found = stats.isDirectory() ? await filesBelow(path) : [{ path, bytes: stats.size }];
    if (found.length === 0)
      throw new HistoryError(`${path} holds no .json, .jsonl or .ndjson file, nor one of them with .gz`);
    files.push(...found);
  }
  return files;
}

async function filesBelow(folder: string): Promise<HistoryFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter(({ name }) => READABLE.test(name))
    .map((entry) => join(entry.parentPath, entry.name));
  return paths.sort().flatMap((path) => {
    // An entry that is a link does not say what it leads to, or whether that is there.
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true ? [{ path, bytes: stats.size }] : [];
  });
}

/** What could not be understood, in place of an event. */
export const UNREADABLE = Symbol('unreadable');
/** In place of all events of a file that is JSON and holds none. */
export const NO_HISTORY = Symbol('no history');
/** JSON without a record: whether that is a mistake, only the rest of the file tells. */
const FOREIGN = Symbol('foreign');

/** A single document must fit in memory; CloudTrail's own files are far smaller. Lines may go on for ever. */
const LARGEST_DOCUMENT = 256 * 1024 * 1024;

/**
 * Yields every event of a file, in whatever it is wrapped; `UNREADABLE` for a record, a line, or a whole file, that is
 * not JSON, and for what has nothing of a record among records; `NO_HISTORY`, and nothing else, for a file without any.
 */
export async function* eventsOfFile({ path }: HistoryFile): AsyncIterable<unknown> {
  let foreign = 0;
  let isHistory = false;
  for await (const event of partsOfFile(path)) {
    if (event === FOREIGN) foreign += 1;
    else {
      isHistory = true;
      yield event;
    }
  }
  if (foreign > 0 && !isHistory) yield NO_HISTORY;
  for (; foreign > 0 && isHistory; foreign--) yield UNREADABLE;
}

async function* partsOfFile(path: string): AsyncIterable<unknown> {
  const chunks: AsyncIterator<string> = textOf(path)[Symbol.asyncIterator]();
  for (let start = ''; ; ) {
    start = (await filled(start, chunks)).trimStart();
    if (start === '') return;
    const cutter = RecordCutter.for(start);
    if (cutter === undefined) return yield* eventsOfLines(start, chunks);
    yield* eventsOfRecords(cutter, chunks);
    start = cutter.rest ?? '';
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
    for (const text of cutter.push(chunk)) yield* recordOr(parsed(text) ?? UNREADABLE);
    if (cutter.rest !== undefined) return;
    const next = await chunks.next();
    if (next.done === true) return yield UNREADABLE;
    chunk = next.value;
  }
}

async function* eventsOfLines(start: string, chunks: AsyncIterator<string>): AsyncIterable<unknown> {
  const text = Readable.from(joined(start, chunks));
  const lines = createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) return;
  const document = parsed(first.value);
  if (document === undefined) yield* eventsOfDocument(first.value, lines);
  else {
    yield* eventsOf(document);
    for await (const line of { [Symbol.asyncIterator]: () => lines })
      if (line.trim() !== '') yield* eventsOf(parsed(line) ?? UNREADABLE);
  }
}

async function* joined(start: string, chunks: AsyncIterator<string>): AsyncIterable<string> {
  yield start;
  yield* { [Symbol.asyncIterator]: () => chunks };
}

/** The first line is no document: the whole is one, over many lines. */
async function* eventsOfDocument(start: string, lines: AsyncIterator<string>): AsyncIterable<unknown> {
  const parts = [start];
  let size = start.length;
  for await (const line of { [Symbol.asyncIterator]: () => lines }) {
    size += line.length;
    if (size > LARGEST_DOCUMENT) {
      yield UNREADABLE;
      return;
    }
    parts.push(line);
  }
  yield* eventsOf(parsed(parts.join('\n')) ?? UNREADABLE);
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
  try {
    const events = Array.isArray(one) ? [one] : eventsIn(one);
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(path: string): Readable {
  const file = createReadStream(path);
  if (!path.endsWith('.gz')) return file.setEncoding('utf8');
  const text = createGunzip();
  file.on('error', (error) => text.destroy(error));
  return file.pipe(text).setEncoding('utf8');
}

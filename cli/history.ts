/** Events out of files, a little at a time: what CloudTrail delivered to S3, and what people make of it. */
import { createReadStream, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { eventsIn } from '../shared/audit/events/delivery.ts';

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
  return entries
    .filter((entry) => entry.isFile() && READABLE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path, bytes: statSync(path).size }));
}

/** What could not be understood, in place of an event. */
export const UNREADABLE = Symbol('unreadable');

/** A single document must fit in memory; CloudTrail's own files are far smaller. Lines may go on for ever. */
const LARGEST_DOCUMENT = 256 * 1024 * 1024;

/** Yields every event of a file; `UNREADABLE` for a line, or for a whole file, that is not JSON. */
export async function* eventsOfFile({ path }: HistoryFile): AsyncIterable<unknown> {
  const lines = createInterface({ input: textOf(path), crlfDelay: Number.POSITIVE_INFINITY })[
    Symbol.asyncIterator
  ]();
  const first = await lines.next();
  if (first.done === true) return;
  const start = first.value.replace(/^\uFEFF/, '');
  const document = parsed(start);
  if (document === undefined) yield* eventsOfDocument(start, lines);
  else {
    yield* eventsIn(document);
    for await (const line of { [Symbol.asyncIterator]: () => lines })
      if (line.trim() !== '') yield* eventsIn(parsed(line) ?? UNREADABLE);
  }
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
  yield* eventsIn(parsed(parts.join('\n')) ?? UNREADABLE);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(path: string): Readable {
  const file = createReadStream(path);
  if (!path.endsWith('.gz')) return file;
  const text = createGunzip();
  file.on('error', (error) => text.destroy(error));
  return file.pipe(text);
}

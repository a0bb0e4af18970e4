/** The text of a file while it is read, however it is packed. */
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { unreadable } from './history-files.ts';

/** No JSON has it, but in a text: what breaks off, or is left out, must not pass for a file that ended. */
export const BREAK = '\x7f';

/**
 * @param read called now and then, with how many bytes of the file have been read.
 * @throws HistoryError when the file cannot be read. What cannot be unzipped of it is a `BREAK`.
 */
export async function* textOf(path: string, read: (bytes: number) => void): AsyncIterable<string> {
  try {
    await using file = await open(path);
    const start = await file.read(Buffer.alloc(2), 0, 2, 0);
    const stream = file.createReadStream({ start: 0, autoClose: false });
    for await (const text of unpacked(stream, start.buffer.toString('hex', 0, start.bytesRead))) {
      yield text;
      read(stream.bytesRead);
    }
  } catch (error) {
    if (!isOfZlib(error)) throw unreadable(path, error);
    yield BREAK;
  }
}

/** By what is in it: programs that fetch files unzip some of them, and leave their names. */
function unpacked(stream: Readable, start: string): Readable {
  switch (start) {
    case '1f8b':
      return unzipped(stream);
    // So Windows writes what a command prints.
    case 'fffe':
      return stream.setEncoding('utf16le');
    default:
      return stream.setEncoding('utf8');
  }
}

/** Zlib throws away what nobody has taken when it comes to a mistake: so it goes on only when all is taken. */
function unzipped(stream: Readable): Readable {
  const text = createGunzip({ readableHighWaterMark: 1 } as object);
  stream.on('error', (error) => text.destroy(error));
  return stream.pipe(text).setEncoding('utf8');
}

const isOfZlib = (error: unknown): boolean => /^Z_/.test(String((error as NodeJS.ErrnoException).code));

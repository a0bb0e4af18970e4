/**
 * Messages of PostgreSQL's protocol, version 3, which Redshift speaks:
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import type { Duplex } from 'node:stream';

export interface Message {
  readonly letter: string;
  readonly body: Buffer;
}

/** The other side hung up. */
class Ended extends Error {}

/** @throws Ended */
export async function take(stream: Duplex, length: number): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  listenTo(stream);
  for (;;) {
    const bytes: Buffer | null = stream.read(length);
    if (bytes !== null) {
      if (bytes.length < length) throw new Ended();
      return bytes;
    }
    if (stream.destroyed || stream.readableEnded) throw new Ended();
    await somethingHappens(stream);
  }
}

const heard = new WeakSet<Duplex>();

/**
 * A stream without a listener calls the next one at once for bytes that are there already, be they too few: waiting
 * for the rest would never end, and let nothing else happen. So one listener stays.
 */
function listenTo(stream: Duplex): void {
  if (heard.has(stream)) return;
  heard.add(stream);
  stream.on('readable', () => {});
}

const EVENTS = ['readable', 'end', 'close', 'error'] as const;

/** @throws Ended */
function somethingHappens(stream: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = (what: unknown) => {
      for (const event of EVENTS) stream.off(event, over);
      if (what instanceof Error) reject(new Ended());
      else resolve();
    };
    for (const event of EVENTS) stream.on(event, over);
  });
}

/** @throws Ended */
export async function takeMessage(stream: Duplex): Promise<Message> {
  const head = await take(stream, 5);
  return { letter: head.toString('latin1', 0, 1), body: await take(stream, head.readInt32BE(1) - 4) };
}

/** The first packet of a client has no letter. @throws Ended */
export const takeOpening = async (stream: Duplex): Promise<Buffer> =>
  take(stream, (await take(stream, 4)).readInt32BE(0) - 4);

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'utf8');

export const message = (letter: string, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(letter), int32(body.length + 4), body]);
};

export const opening = (parameters: Readonly<Record<string, string>>): Buffer => {
  const fields = Object.entries(parameters).flatMap(([name, value]) => [text(name), text(value)]);
  const body = Buffer.concat([int32(PROTOCOL), ...fields, Buffer.from([0])]);
  return Buffer.concat([int32(body.length + 4), body]);
};

export const PROTOCOL = 0x30000;
export const SSL_REQUEST = 80877103;

/** The parameters of an opening packet, after its protocol number. */
export function parametersOf(body: Buffer): Map<string, string> {
  const words = body.toString('utf8', 4).split('\0');
  const pairs = words.flatMap((word, index) =>
    index % 2 === 0 && word !== '' ? [[word, words[index + 1] ?? ''] as const] : [],
  );
  return new Map(pairs);
}

export const failure = (severity: 'ERROR' | 'FATAL', sqlState: string, what: string): Buffer =>
  message('E', text(`S${severity}`), text(`C${sqlState}`), text(`M${what}`), Buffer.from([0]));

export const parameter = (name: string, value: string): Buffer => message('S', text(name), text(value));

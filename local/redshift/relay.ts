/** Carries messages between a client and its session of PostgreSQL, and lets only known statements through. */
import type { Duplex } from 'node:stream';
import { failure, message, takeMessage, text } from './protocol.ts';
import { type Asker, Refused } from './shapes.ts';
import { translated } from './statements.ts';

/** How many statements an answer is for, and the tag that the client is to see. */
interface Expected {
  statements: number;
  readonly tag: string | undefined;
}

/** @throws Ended */
export async function relay(
  client: Duplex,
  backend: Duplex,
  asker: Asker,
  log: (line: string) => void,
): Promise<void> {
  const expected: Expected[] = [];
  const answers = passAnswers(backend, client, expected);
  try {
    await Promise.race([passRequests(client, backend, expected, asker, log), answers]);
  } finally {
    client.destroy();
    backend.destroy();
    await answers.catch(() => {});
  }
}

async function passRequests(
  client: Duplex,
  backend: Duplex,
  expected: Expected[],
  asker: Asker,
  log: (line: string) => void,
): Promise<void> {
  /** After an error, all up to the next Sync is passed over. */
  let skipping = false;
  for (;;) {
    const { letter, body } = await takeMessage(client);
    if (letter === 'X') return;
    if (skipping && letter !== 'S') continue;
    skipping = false;
    try {
      if (letter === 'Q') query(body.toString('utf8', 0, body.length - 1));
      else if (letter === 'P') parse(body);
      else if (LETTERS.has(letter)) pass(letter, body);
      else throw new Refused('08P01', `message ${letter} is not for a session`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      client.write(failure('ERROR', error.sqlState, error.message));
      if (letter === 'Q') expectNothing();
      else skipping = true;
    }
  }

  function query(sql: string): void {
    log(sql);
    const { sql: statements, tag } = translated(sql, asker);
    expected.push({ statements: statements.length, tag });
    backend.write(message('Q', text(statements.join('; '))));
  }

  /** PostgreSQL says which state the session is in. */
  function expectNothing(): void {
    expected.push({ statements: 0, tag: undefined });
    backend.write(message('S'));
  }

  function parse(body: Buffer): void {
    const [name = '', sql = ''] = body.toString('utf8').split('\0');
    log(sql);
    const { sql: statements, tag } = translated(sql, asker);
    if (statements.length !== 1 || tag !== undefined)
      throw new Refused('0A000', 'this gateway takes such a statement only as a simple query');
    const types = body.subarray(Buffer.byteLength(`${name}\0${sql}\0`));
    backend.write(message('P', text(name), text(statements[0] ?? ''), types));
  }

  function pass(letter: string, body: Buffer): void {
    if (letter === 'S') expected.push({ statements: 1, tag: undefined });
    backend.write(message(letter, body));
  }
}

/** Bind, Close, Describe, Execute, Flush and Sync. */
const LETTERS = new Set([...'BCDEHS']);

async function passAnswers(backend: Duplex, client: Duplex, expected: Expected[]): Promise<void> {
  for (;;) {
    const { letter, body } = await takeMessage(backend);
    const now = expected[0];
    if (letter === 'Z') expected.shift();
    // PostgreSQL's own parameters are none of Redshift's; and of statements made of one, the last answers.
    if (letter === 'S') continue;
    if (letter === 'C' && now !== undefined) {
      now.statements -= 1;
      if (now.tag !== undefined && now.statements > 0) continue;
      client.write(message('C', now.tag === undefined ? body : text(now.tag)));
    } else client.write(message(letter, body));
  }
}

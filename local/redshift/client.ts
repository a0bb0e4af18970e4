/** A client that proves its password by both of Redshift's methods, for an application on stage: `pg` knows one. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { int32, type Message, message, opening, SSL_REQUEST, take, takeMessage, text } from './protocol.ts';

export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** The server's word against a login or a statement. */
export class ServerError extends Error {
  readonly sqlState: string;

  constructor({ body }: Message) {
    const fields = body.toString('utf8').split('\0');
    const field = (letter: string) => fields.find((one) => one.startsWith(letter))?.slice(1) ?? '';
    super(field('M'));
    this.sqlState = field('C');
  }
}

/**
 * Logs in by TLS, runs one statement, and leaves. What it answers is dropped.
 * @throws ServerError, or the network's error
 */
export async function runOnce(options: ClientOptions, sql: string): Promise<void> {
  const stream = await secured(options);
  try {
    stream.write(opening({ user: options.user, database: options.database, application_name: 'shop' }));
    await untilReady(stream, options);
    stream.write(message('Q', text(sql)));
    await untilReady(stream, options);
    stream.write(message('X'));
  } finally {
    stream.destroy();
  }
}

async function secured({ host, port, ca }: ClientOptions): Promise<Duplex> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  socket.write(Buffer.concat([int32(8), int32(SSL_REQUEST)]));
  if ((await take(socket, 1)).toString() !== 'S') throw new Error('The server offers no TLS.');
  const stream = tls.connect({ socket, ca, host });
  await once(stream, 'secureConnect');
  return stream.on('error', () => {});
}

async function untilReady(stream: Duplex, options: ClientOptions): Promise<void> {
  for (;;) {
    const answer = await takeMessage(stream);
    if (answer.letter === 'E') throw new ServerError(answer);
    if (answer.letter === 'R') prove(stream, answer.body, options);
    if (answer.letter === 'Z') return;
  }
}

function prove(stream: Duplex, request: Buffer, { user, password }: ClientOptions): void {
  switch (request.readInt32BE(0)) {
    case 5:
      stream.write(message('p', text(md5(`${md5(password, user)}`.slice(3), request.subarray(4)))));
      return;
    case 13:
      stream.write(message('d', ...digest(request, password)));
  }
}

const md5 = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return `md5${hash.digest('hex')}`;
};

function digest(request: Buffer, password: string): Buffer[] {
  const saltEnd = 12 + request.readInt32BE(8);
  const salted = createHash('sha256').update(password).update(request.subarray(12, saltEnd)).digest();
  const nonce = Buffer.from(String(Date.now()));
  const proof = createHash('sha256')
    .update(salted)
    .update(request.subarray(saltEnd + 4))
    .update(nonce)
    .digest();
  return [int32(proof.length), proof, int32(nonce.length), nonce];
}

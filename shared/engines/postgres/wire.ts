/** The connection below the driver: TCP, then verified TLS, before the driver says a word. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { isKeyturnError, KeyturnError } from '../../core/errors.ts';
import type { Target } from '../../rotation/engine.ts';
import { secureOptions, type TlsSettings } from '../tls.ts';
import { Gate } from './gate.ts';

/** @throws KeyturnError DATABASE_UNREACHABLE, TLS_NOT_VERIFIED, CONFIG_INVALID */
export async function openWire(target: Target, settings: TlsSettings, signal: AbortSignal): Promise<Wire> {
  const socket = connect({ host: target.host, port: target.port, keepAlive: true, noDelay: true });
  try {
    await heard(socket, 'connect', signal);
    return new Wire(target.plaintext ? socket : await secured(socket, target.host, settings, signal));
  } catch (error) {
    socket.destroy();
    throw isKeyturnError(error) ? error : unreachable(error);
  }
}

/** https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

async function secured(
  socket: Socket,
  host: string,
  settings: TlsSettings,
  signal: AbortSignal,
): Promise<Socket> {
  const options = await secureOptions(settings, host);
  socket.write(SSL_REQUEST);
  const [answer] = await heard(socket, 'data', signal);
  requireOffer(answer);
  const secure = tls.connect({ ...options, socket });
  try {
    await heard(secure, 'secureConnect', signal);
    return secure;
  } catch (error) {
    secure.destroy();
    throw isNetworkFault(error) ? error : notVerified(`the handshake ended with ${codeOf(error)}`);
  }
}

/** One byte, S or N. More than one was put there by somebody in between (CVE-2021-23222). */
function requireOffer(answer: unknown): void {
  const text = Buffer.isBuffer(answer) ? answer.toString('latin1') : '';
  if (text === 'S') return;
  if (text.startsWith('E'))
    throw new KeyturnError('DATABASE_UNREACHABLE', 'The server answered with an error before TLS.');
  throw notVerified(text === 'N' ? 'the server offers none' : 'the answer to the request is not PostgreSQL');
}

/** Waits for one event; an error, the connection's end and the time-out end the wait. */
async function heard(socket: Socket, event: string, signal: AbortSignal): Promise<unknown[]> {
  const closed = new AbortController();
  const onClose = () => closed.abort();
  // Stays for good: an error after the wait must not end the process.
  socket.on('error', () => {});
  socket.once('close', onClose);
  try {
    return await once(socket, event, { signal: AbortSignal.any([signal, closed.signal]) });
  } finally {
    socket.off('close', onClose);
  }
}

const notVerified = (why: string) => new KeyturnError('TLS_NOT_VERIFIED', `TLS failed: ${why}.`);

const unreachable = (error: unknown) =>
  new KeyturnError(
    'DATABASE_UNREACHABLE',
    codeOf(error) === 'ABORT_ERR'
      ? 'The server ended the connection.'
      : `The connection failed with ${codeOf(error)}.`,
  );

const isNetworkFault = (error: unknown): boolean =>
  /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ABORT_ERR)$/.test(codeOf(error));

/** Node's own code, such as ECONNREFUSED or CERT_HAS_EXPIRED; a message could quote what the server sent. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'an unknown error';
}

/** What the driver takes for its socket: already connected, and read by the gate first. */
export class Wire extends Duplex {
  readonly gate = new Gate();
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(unreachable(error)));
    socket.on('close', () => this.destroy());
    // Stays for good: the driver listens only while it needs to.
    this.on('error', () => {});
  }

  /** The driver's call; it waits for the event. */
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    this.#socket.ref();
    return this;
  }

  unref(): this {
    this.#socket.unref();
    return this;
  }

  #receive(chunk: Buffer): void {
    try {
      const passed = this.gate.pass(chunk);
      if (passed.length > 0 && !this.push(passed)) this.#socket.pause();
    } catch (error) {
      this.destroy(isKeyturnError(error) ? error : unreachable(error));
    }
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

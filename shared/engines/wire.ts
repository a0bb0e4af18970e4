/** The connection below the driver: TCP, then verified TLS, and a gate that reads what the server says first. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { isKeyturnError, KeyturnError } from '../core/errors.ts';
import type { Target } from '../rotation/engine.ts';

/** Reads along until the server has let us in, and refuses what must not be answered. */
export interface Gate {
  /**
   * @param reply answers the server in the driver's place
   * @returns what of the bytes so far the driver may see: whole messages.
   * @throws KeyturnError DATABASE_CONFIGURATION, DATABASE_UNREACHABLE, TLS_NOT_VERIFIED
   */
  pass(chunk: Buffer, reply: (bytes: Buffer) => void): Buffer;
}

/**
 * @param body makes of the bare connection what the driver may have
 * @throws KeyturnError DATABASE_UNREACHABLE, and whatever `body` throws
 */
export async function openSocket<T>(
  target: Target,
  signal: AbortSignal,
  body: (socket: Socket) => T | Promise<T>,
): Promise<T> {
  const socket = connect({ host: target.host, port: target.port, keepAlive: true, noDelay: true });
  try {
    await heard(socket, 'connect', signal);
    return await body(socket);
  } catch (error) {
    socket.destroy();
    throw isKeyturnError(error) ? error : unreachable(error);
  }
}

/** @param options those of `secureOptions` @throws KeyturnError TLS_NOT_VERIFIED; a network fault as it is */
export async function secured(
  socket: Socket,
  options: tls.ConnectionOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const secure = tls.connect({ ...options, socket });
  try {
    await heard(secure, 'secureConnect', signal);
    return secure;
  } catch (error) {
    secure.destroy();
    throw isNetworkFault(error) ? error : notVerified(`the handshake ended with ${codeOf(error)}`);
  }
}

/** Waits for one event; an error, the connection's end and the time-out end the wait. */
export async function heard(socket: Socket, event: string, signal: AbortSignal): Promise<unknown[]> {
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

export const notVerified = (why: string) => new KeyturnError('TLS_NOT_VERIFIED', `TLS failed: ${why}.`);

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

/** Ends the connection for `reason` when the signal comes while `body` is at work. */
export async function unlessAborted<T>(
  signal: AbortSignal,
  wire: Duplex,
  reason: KeyturnError,
  body: () => Promise<T>,
): Promise<T> {
  const abort = () => wire.destroy(reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await body();
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** What the driver takes for its socket: already connected, and read by the gate first. */
export class Wire<G extends Gate> extends Duplex {
  readonly gate: G;
  #socket: Socket;
  #deafen: () => void;

  constructor(socket: Socket, gate: G) {
    super();
    this.gate = gate;
    this.#socket = socket;
    this.#deafen = this.#listen();
    // Stays for good: the driver listens only while it needs to.
    this.on('error', () => {});
  }

  /** @returns what ends the listening */
  #listen(): () => void {
    const socket = this.#socket;
    const listeners = {
      data: (chunk: Buffer) => this.#receive(chunk),
      end: () => this.push(null),
      error: (error: Error) => this.destroy(unreachable(error)),
      close: () => this.destroy(),
    };
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
    return () => {
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
    };
  }

  /**
   * For a protocol that begins in clear text: from here on all goes through verified TLS.
   * @throws KeyturnError TLS_NOT_VERIFIED, DATABASE_UNREACHABLE
   */
  async secure(options: tls.ConnectionOptions, signal: AbortSignal): Promise<void> {
    this.#deafen();
    try {
      this.#socket = await secured(this.#socket, options, signal);
    } catch (error) {
      throw isKeyturnError(error) ? error : unreachable(error);
    }
    this.#deafen = this.#listen();
  }

  /** The driver's call; it waits for the event. */
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
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
      const passed = this.gate.pass(chunk, (bytes) => this.#socket.write(bytes));
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

/**
 * A byte tap in front of a database. It knows no protocol and ends no TLS: a *flight* is what a client sends until
 * the server answers, and connecting is the first one.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** `drop-before`: the server never gets it. `drop-after`: the server answered, the client never learns. */
export type Fate = 'pass' | 'drop-before' | 'drop-after';

export interface Flight {
  /** Counts from 1 over all connections. */
  readonly n: number;
  /** Counts from 1. */
  readonly connection: number;
}

export interface TapOptions {
  readonly host: string;
  readonly port: number;
  /** Called as a flight begins; without it all pass. */
  readonly onFlight?: (flight: Flight) => Fate;
  /** Called when a flight, or its answer, was dropped. The connection is silent from then on. */
  readonly onDrop?: (flight: Flight) => void;
}

export interface Tap extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: number;
  readonly flights: number;
  /** Destroys every connection. */
  close(): Promise<void>;
}

export async function startTap(options: TapOptions): Promise<Tap> {
  const open = new Set<Connection>();
  let connections = 0;
  let flights = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) => {
    const number = ++connections;
    const connection = new Connection(client, options, () => ({ n: ++flights, connection: number }));
    open.add(connection);
    client.on('close', () => open.delete(connection));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const connection of open) connection.destroy();
    await closed;
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get flights() {
      return flights;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

class Connection {
  readonly #client: Socket;
  readonly #server: Socket | undefined;
  readonly #options: TapOptions;
  readonly #number: () => Flight;
  /** Undefined while the server owes no answer. */
  #flying: { flight: Flight; fate: Fate } | undefined;
  #silent = false;

  constructor(client: Socket, options: TapOptions, number: () => Flight) {
    this.#client = client;
    this.#options = options;
    this.#number = number;
    client.on('error', ignore).on('close', () => this.destroy());
    client.on('data', (bytes) => this.#sent(bytes)).on('end', () => this.#hungUp());
    this.#begin();
    this.#server = this.#silent ? undefined : this.#connect();
    // Else a client that has died since would go unnoticed.
    if (this.#silent) client.resume();
  }

  #connect(): Socket {
    const { host, port } = this.#options;
    const server = connect({ host, port, allowHalfOpen: true, noDelay: true });
    server.on('connect', () => this.#answered(() => {})).on('connect', () => this.#client.resume());
    server.on('data', (bytes) => this.#answered(() => this.#client.write(bytes)));
    server.on('end', () => this.#answered(() => this.#client.end()));
    return server.on('error', () => this.#answered(() => this.#client.destroy()));
  }

  #sent(bytes: Buffer): void {
    if (this.#flying === undefined && !this.#silent) this.#begin();
    if (!this.#silent) this.#server?.write(bytes);
  }

  #hungUp(): void {
    if (this.#silent) this.destroy();
    else this.#server?.end();
  }

  #begin(): void {
    const flight = this.#number();
    const fate = this.#options.onFlight?.(flight) ?? 'pass';
    this.#flying = { flight, fate };
    if (fate === 'drop-before') this.#drop(flight);
  }

  /** The first thing that comes back ends the flight, be it an answer or the end of the connection. */
  #answered(passOn: () => void): void {
    const flying = this.#flying;
    this.#flying = undefined;
    if (flying?.fate === 'drop-after') this.#drop(flying.flight);
    if (!this.#silent) passOn();
  }

  #drop(flight: Flight): void {
    this.#silent = true;
    this.#options.onDrop?.(flight);
  }

  destroy(): void {
    this.#client.destroy();
    this.#server?.destroy();
  }
}

const ignore = (): void => {};

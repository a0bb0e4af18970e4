/** One client of the gateway: from its first packet to a session of PostgreSQL with its rights. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { challengeFor } from './credentials.ts';
import {
  failure,
  int32,
  message,
  opening,
  PROTOCOL,
  parameter,
  parametersOf,
  SSL_REQUEST,
  takeMessage,
  takeOpening,
  text,
} from './protocol.ts';
import { relay } from './relay.ts';
import { SYSTEM_SCHEMAS } from './views.ts';

/** What the gateway knows of a user. */
export interface KnownUser {
  readonly superuser: boolean;
  /** As `stored` made it; absent when the password is disabled. */
  readonly credential: string | undefined;
  readonly validUntil: Date | undefined;
}

export interface Backend {
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

export interface SessionOptions {
  readonly backend: Backend;
  readonly secureContext: tls.SecureContext;
  find(username: string): Promise<KnownUser | undefined>;
  /** Gets each statement as the client sent it. */
  log(line: string): void;
}

/** @throws Ended when either side hangs up */
export async function serve(socket: Socket, options: SessionOptions): Promise<void> {
  const opened = await openedBy(socket, options.secureContext);
  if (opened === undefined) return void socket.end(failure('FATAL', '08P01', 'unsupported protocol'));
  const { client, parameters } = opened;
  const username = parameters.get('user') ?? '';
  const refusal = refusedParameter(parameters);
  if (refusal !== undefined) return void client.end(failure('FATAL', '42704', refusal));
  const user = await authenticated(client, username, options);
  if (user === undefined)
    return void client.end(
      failure('FATAL', '28000', `password authentication failed for user "${username}"`),
    );
  client.write(message('R', int32(0)));
  const backend = await backendFor(client, username, parameters, options.backend);
  if (backend === undefined) return;
  for (const [name, value] of Object.entries(PARAMETERS)) client.write(parameter(name, value));
  client.write(Buffer.concat([message('K', int32(1), int32(1)), message('Z', Buffer.from('I'))]));
  await relay(client, backend, { username, superuser: user.superuser }, options.log);
}

/** https://docs.aws.amazon.com/redshift/latest/mgmt/connecting-ssl-support.html; without a request, in clear. */
async function openedBy(
  socket: Socket,
  secureContext: tls.SecureContext,
): Promise<{ client: Duplex; parameters: Map<string, string> } | undefined> {
  let client: Duplex = socket;
  let body = await takeOpening(client);
  if (body.length === 4 && body.readInt32BE(0) === SSL_REQUEST) {
    socket.write('S');
    client = new tls.TLSSocket(socket, { isServer: true, secureContext });
    client.on('error', () => {});
    body = await takeOpening(client);
  }
  return body.readInt32BE(0) === PROTOCOL ? { client, parameters: parametersOf(body) } : undefined;
}

/** What `pg` and AWS's drivers send. Redshift ends a connection over settings that came after PostgreSQL 8.0. */
const KNOWN = /^(user|database|application_name|client_encoding|replication|(client|driver|os|plugin)_\w+)$/;

function refusedParameter(parameters: ReadonlyMap<string, string>): string | undefined {
  const unknown = [...parameters.keys()].find((name) => !KNOWN.test(name));
  return unknown && `unrecognized configuration parameter "${unknown}"`;
}

async function authenticated(
  client: Duplex,
  username: string,
  { find }: SessionOptions,
): Promise<KnownUser | undefined> {
  const user = await find(username);
  const challenge = challengeFor(user?.credential);
  client.write(challenge.request);
  const { letter, body } = await takeMessage(client);
  const valid = user?.validUntil === undefined || user.validUntil > new Date();
  return challenge.isProved(letter, body) && valid ? user : undefined;
}

const PARAMETERS: Readonly<Record<string, string>> = {
  server_version: '8.0.2',
  server_encoding: 'UNICODE',
  client_encoding: 'UTF8',
  integer_datetimes: 'on',
  DateStyle: 'ISO, MDY',
};

/** A connection as the administrator that has become the user; the client is told when there can be none. */
async function backendFor(
  client: Duplex,
  username: string,
  parameters: ReadonlyMap<string, string>,
  { port, ...administrator }: Backend,
): Promise<Socket | undefined> {
  const backend = connect({ host: '127.0.0.1', port, noDelay: true });
  backend.on('error', () => client.destroy());
  client.on('close', () => backend.destroy());
  await once(backend, 'connect');
  const search_path = `"$user", public, ${SYSTEM_SCHEMAS}`;
  const database = parameters.get('database') ?? username;
  const application_name = parameters.get('application_name') ?? '';
  backend.write(opening({ user: administrator.username, database, application_name, search_path }));
  const become = `SET SESSION AUTHORIZATION "${username.replaceAll('"', '""')}"`;
  const steps = [message('p', text(administrator.password)), message('Q', text(become))];
  for (;;) {
    const { letter, body } = await takeMessage(backend);
    const asked = letter === 'R' && body.readInt32BE(0) === 3;
    if (letter === 'E') {
      client.end(message('E', body));
      return undefined;
    }
    if (letter === 'Z' && steps.length === 0) return backend;
    if (asked || letter === 'Z') backend.write(steps.shift() ?? Buffer.alloc(0));
  }
}

/** Servers, or somebody in between, that speak the protocol wrongly or ask for what must not be answered. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { createAuthority, createServerCertificate } from '../../local/certificates.ts';
import { deadlineIn } from '../../shared/core/deadline.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import { mysql } from '../../shared/engines/mysql/engine.ts';
import type { Login } from '../../shared/rotation/engine.ts';

const PASSWORD = 'Right-1-and-long';
const CLIENT_SSL = 0x800;
const CAPABILITIES = 0x200 | 0x8000 | 0x80000 | 0x1;

let server: Server | undefined;
afterEach(() => void server?.close());

const packet = (sequence: number, body: Buffer): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUIntLE(body.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, body]);
};

function greeting(capabilities: number, plugin = 'caching_sha2_password'): Buffer {
  const flags = Buffer.alloc(18);
  flags.writeUInt16LE(capabilities & 0xffff, 0);
  flags[2] = 255;
  flags.writeUInt16LE(capabilities >>> 16, 5);
  flags[7] = 21;
  return packet(
    0,
    Buffer.concat([
      Buffer.from('\x0a8.4.0\0', 'latin1'),
      Buffer.alloc(4, 1),
      Buffer.alloc(8, 65),
      Buffer.alloc(1),
      flags,
      Buffer.alloc(12, 66),
      Buffer.from(`\0${plugin}\0`),
    ]),
  );
}

interface Heard {
  readonly login: Login;
  /** All that the client said, decrypted. */
  readonly said: Buffer;
}

/** @param speak plays the server on one connection; gets what collects the client's words */
async function against(
  speak: (socket: Socket, said: Buffer[]) => void,
  { plaintext = false, caFile }: { plaintext?: boolean; caFile?: string } = {},
): Promise<Heard> {
  const said: Buffer[] = [];
  server = createServer((socket) => {
    socket.on('error', () => {});
    speak(socket, said);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const login = await mysql({ tls: { caFile, serverNames: new Map() } }).login(
    { host: '127.0.0.1', port, database: undefined, plaintext },
    { username: 'app', password: new Redacted(PASSWORD) },
    { connectTimeoutMs: 1_500, deadline: deadlineIn(60_000) },
  );
  return { login, said: Buffer.concat(said) };
}

const outcomeOf = ({ login }: Heard): string =>
  login.outcome === 'accepted' && login.session !== undefined
    ? 'accepted'
    : `${login.outcome} ${login.problem.code}`;

const saying =
  (...packets: Buffer[]) =>
  (socket: Socket, said: Buffer[]) => {
    socket.on('data', (chunk) => said.push(chunk));
    socket.write(Buffer.concat(packets));
  };

/** A wrong answer to whatever the client says after a greeting in clear. */
const answering = (first: Buffer, answer: Buffer) => (socket: Socket, said: Buffer[]) => {
  socket.write(first);
  socket.on('data', (chunk) => {
    said.push(chunk);
    socket.write(answer);
  });
};

const WITH_TLS = greeting(CAPABILITIES | CLIENT_SSL);
const IN_CLEAR = greeting(CAPABILITIES);
const OK = packet(2, Buffer.from([0, 0, 0, 2, 0, 0, 0]));
const OK_OVER_TLS = packet(3, Buffer.from([0, 0, 0, 2, 0, 0, 0]));
const switchTo = (plugin: string, scramble = Buffer.alloc(21, 67)) =>
  packet(2, Buffer.concat([Buffer.from(`\xfe${plugin}\0`, 'latin1'), scramble]));

it.each([
  ['offers no TLS', saying(IN_CLEAR), 'unknown TLS_NOT_VERIFIED'],
  ['says more than its greeting before TLS', saying(WITH_TLS, OK), 'unknown TLS_NOT_VERIFIED'],
  ['says part of more before TLS', saying(WITH_TLS, OK.subarray(0, 2)), 'unknown TLS_NOT_VERIFIED'],
  ['answers the request for TLS in clear', answering(WITH_TLS, OK), 'unknown TLS_NOT_VERIFIED'],
  ['is no MySQL', saying(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')), 'unknown DATABASE_UNREACHABLE'],
  ['sends an empty packet', saying(packet(0, Buffer.alloc(0))), 'unknown DATABASE_UNREACHABLE'],
  ['announces more than fits', saying(Buffer.from([255, 255, 255, 0])), 'unknown DATABASE_UNREACHABLE'],
  [
    'cuts its greeting short',
    saying(packet(0, Buffer.from('\x0a8.4', 'latin1'))),
    'unknown DATABASE_UNREACHABLE',
  ],
  ['sends an error without a number', saying(packet(0, Buffer.from([255]))), 'unknown DATABASE_UNREACHABLE'],
  ['is a MySQL of the nineties', saying(greeting(1 | CLIENT_SSL)), 'unknown DATABASE_CONFIGURATION'],
  [
    'lets nobody in',
    saying(packet(0, Buffer.from('\xff\x10\x04Too many connections', 'latin1'))),
    'unknown DATABASE_UNREACHABLE',
  ],
  ['says nothing', () => {}, 'unknown DATABASE_UNREACHABLE'],
  ['hangs up', (socket: Socket) => void socket.end(), 'unknown DATABASE_UNREACHABLE'],
])('a server that %s hears neither name nor password', async (_what, speak, outcome) => {
  const heard = await against(speak);
  expect(outcomeOf(heard)).toBe(outcome);
  expect(heard.said.includes('app')).toBe(false);
  expect(heard.said.includes(PASSWORD)).toBe(false);
});

it.each([
  ['the password in clear', switchTo('mysql_clear_password')],
  ['the password in clear by another name', switchTo('sha256_password')],
  ['a method of MariaDB', switchTo('client_ed25519')],
  ['a method with a hostile name', switchTo('x\nFATAL: evil')],
  ['the password of MySQL 4.0', packet(2, Buffer.from([0xfe]))],
  ['a second factor', packet(2, Buffer.from('\x02dialog\0x', 'latin1'))],
  ['the password itself, without TLS', packet(2, Buffer.from([1, 4]))],
])('even where plaintext is allowed, who asks for %s gets no password', async (_what, answer) => {
  const heard = await against(answering(IN_CLEAR, answer), { plaintext: true });
  expect(outcomeOf(heard)).toBe('unknown DATABASE_CONFIGURATION');
  expect(heard.said.includes(PASSWORD)).toBe(false);
  expect(heard.login.outcome === 'unknown' && heard.login.problem.message).not.toContain('evil');
});

it.each([
  ['an unknown kind of packet', packet(2, Buffer.from([0x77, 1, 2]))],
  ['a public key that was not asked for', packet(2, Buffer.from([1, 9, 9, 9]))],
  ['a switch without a scramble', switchTo('mysql_native_password', Buffer.alloc(3))],
])('%s during the login is no MySQL', async (_what, answer) => {
  const heard = await against(answering(IN_CLEAR, answer), { plaintext: true });
  expect(outcomeOf(heard)).toBe('unknown DATABASE_UNREACHABLE');
});

/** A server that is verified, lets anybody in, and then does as `act` says. */
async function verified(act: (secure: TLSSocket, said: Buffer[], folder: string) => void): Promise<Heard> {
  const authority = await createAuthority();
  const { cert, key } = await createServerCertificate(authority);
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-hostile-'));
  try {
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, authority.cert);
    return await against(
      (socket, said) => {
        socket.write(WITH_TLS);
        socket.once('data', (request: Buffer) => {
          // The request has 36 bytes; TLS may begin right behind it.
          socket.pause();
          if (request.length > 36) socket.unshift(request.subarray(36));
          const secure = new TLSSocket(socket, { isServer: true, cert, key });
          secure.on('error', () => {});
          secure.once('data', (chunk) => {
            said.push(chunk);
            secure.write(OK_OVER_TLS);
            act(secure, said, folder);
          });
        });
      },
      { caFile },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('a verified server that lets anybody in and then hangs up leaves no session', async () => {
  const heard = await verified((secure) => secure.once('data', () => secure.destroy()));
  expect(outcomeOf(heard)).toBe('accepted DATABASE_UNREACHABLE');
  expect(heard.said.includes('app')).toBe(true);
  expect(heard.said.includes(PASSWORD)).toBe(false);
});

it('a verified server that asks for a file of the function gets none', async () => {
  const heard = await verified((secure, said, folder) => {
    secure.on('data', (chunk) => said.push(chunk));
    secure.once('data', () => secure.write(packet(1, Buffer.from(`\xfb${folder}/ca.pem`, 'latin1'))));
  });
  expect(outcomeOf(heard)).toBe('accepted DATABASE_UNREACHABLE');
  expect(heard.said.includes('sql_mode')).toBe(true);
  expect(heard.said.includes('CERTIFICATE')).toBe(false);
});

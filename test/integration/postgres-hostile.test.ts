import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createAuthority, createServerCertificate } from '../../local/certificates.ts';
import { deadlineIn } from '../../shared/core/deadline.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import { postgres } from '../../shared/engines/postgres/engine.ts';
import { summary } from '../support/login.ts';
import { type Case, message, play, stage } from '../support/protocol-stage.ts';

const SECRET = 'Secret-9';

const loginTo = (port: number, plaintext: boolean, caFile?: string) =>
  postgres({ tls: { caFile, serverNames: new Map() } }).login(
    { host: '127.0.0.1', port, database: undefined, plaintext },
    { username: 'app', password: new Redacted(SECRET) },
    { connectTimeoutMs: 500, deadline: deadlineIn(120_000) },
  );

const ok = message('R', 0);
const ready = message('Z', 'I');
const sasl = message('R', 10, 'SCRAM-SHA-256\0\0');
const short = (number: number): Buffer => Buffer.from([number >> 8, number & 0xff]);
/** Of integers, as text. */
const column = (name: string): Buffer =>
  Buffer.concat([
    Buffer.from(`${name}\0`),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 23, 0, 4, 255, 255, 255, 255, 0, 0]),
  ]);
const error = (sqlState: string) => message('E', `SFATAL\0C${sqlState}\0Mwhatever ${SECRET}\0\0`);

const UNREACHABLE = 'unknown DATABASE_UNREACHABLE';
const CONFIGURATION = 'unknown DATABASE_CONFIGURATION';

/** What a server does after the start-up message, the first; each further act answers the client's next packet. */
const PLAYS: readonly Case[] = [
  ['hangs up', UNREACHABLE, 'end'],
  ['resets', UNREACHABLE, 'reset'],
  ['says nothing', UNREACHABLE],
  ['sends text', UNREACHABLE, Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['sends zeros', UNREACHABLE, Buffer.alloc(64)],
  ['announces a huge message', UNREACHABLE, Buffer.from('R\xff\xff\xff\xff', 'latin1')],
  ['sends an error without an end', UNREACHABLE, message('E', 'SFATAL\0C28P01')],
  ['sends an authentication without a code', UNREACHABLE, message('R')],
  ['asks for an unknown authentication', CONFIGURATION, message('R', 13)],
  ['asks for GSSAPI', CONFIGURATION, message('R', 7)],
  ['asks for the password in clear', CONFIGURATION, message('R', 3)],
  ['asks in clear after SCRAM', CONFIGURATION, sasl, message('R', 3)],
  ['lets anybody in', CONFIGURATION, Buffer.concat([ok, ready])],
  ['lets in without finishing SCRAM', CONFIGURATION, sasl, Buffer.concat([ok, ready])],
  ['offers only an unknown mechanism', CONFIGURATION, message('R', 10, 'OTHER\0\0')],
  ['garbles SCRAM', CONFIGURATION, sasl, message('R', 11, 'nonsense')],
  ['forges the end of SCRAM', CONFIGURATION, sasl, Buffer.concat([message('R', 12, 'v=AAAA'), ok, ready])],
  ['is starting', 'unknown DATABASE_UNREACHABLE 57P03', error('57P03')],
  ['is full', 'unknown DATABASE_UNREACHABLE 53300', error('53300')],
  ['rejects', 'rejected CREDENTIALS_REJECTED 28P01', message('R', 5, 'salt'), error('28P01')],
  ['hangs up after the password', UNREACHABLE, message('R', 5, 'salt'), 'end'],
  ['stalls after accepting it', 'accepted DATABASE_UNREACHABLE', message('R', 5, 'salt'), ok],
  [
    'refuses the session',
    'accepted LOGIN_REFUSED 3D000',
    message('R', 5, 'salt'),
    Buffer.concat([ok, error('3D000')]),
  ],
  [
    'is a pooler, whose server has another process',
    CONFIGURATION,
    message('R', 5, 'salt'),
    Buffer.concat([ok, message('K', 4711, 1), ready]),
    Buffer.concat([
      message('T', short(2), column('version'), column('pid')),
      message('D', short(2), 6, '180004', 4, '4712'),
      message('C', 'SELECT 1\0'),
      ready,
    ]),
  ],
  [
    'dies in the first statement',
    'accepted DATABASE_UNREACHABLE',
    message('R', 5, 'salt'),
    Buffer.concat([ok, ready]),
    'reset',
  ],
];

const OFFERS: readonly Case[] = [
  ['offers none', 'unknown TLS_NOT_VERIFIED', Buffer.from('N')],
  ['adds bytes to its offer', 'unknown TLS_NOT_VERIFIED', Buffer.from('Sx')],
  ['is not PostgreSQL', 'unknown TLS_NOT_VERIFIED', Buffer.from('SSH-2.0-OpenSSH')],
  ['answers with an error', UNREACHABLE, error('57P03')],
  ['hangs up', UNREACHABLE, 'end'],
  ['says nothing', UNREACHABLE],
];

const HANDSHAKES: readonly Case[] = [
  ['hangs up in the handshake', UNREACHABLE, Buffer.from('S'), 'reset'],
  ['stalls in the handshake', UNREACHABLE, Buffer.from('S')],
  [
    'garbles the handshake',
    'unknown TLS_NOT_VERIFIED',
    Buffer.from('S'),
    Buffer.from('nonsense, at some length'),
  ],
];

describe('a server that', () => {
  for (const [what, outcome, ...moves] of PLAYS)
    it(what, async () => {
      const { port, heard } = await stage(play(...moves));
      const login = loginTo(port, true);
      expect(await summary(login)).toBe(outcome);
      expect(heard().toString('latin1')).not.toContain(SECRET);
      expect(JSON.stringify(await login)).not.toContain(SECRET);
    });

  it('sends one byte at a time', async () => {
    const rejection = [...message('R', 5, 'salt')];
    const { port } = await stage(async (socket, _request, turn) => {
      if (turn > 0) return void socket.write(error('28P01'));
      for (const byte of rejection) {
        socket.write(Buffer.from([byte]));
        await new Promise((soon) => setTimeout(soon, 2));
      }
    });
    expect(await summary(loginTo(port, true))).toBe('rejected CREDENTIALS_REJECTED 28P01');
  });
});

describe('when TLS is asked for, a server that', () => {
  for (const [what, outcome, ...moves] of OFFERS)
    it(what, async () => {
      const { port, heard } = await stage(play(...moves));
      expect(await summary(loginTo(port, false))).toBe(outcome);
      expect(heard()).toHaveLength(8);
    });

  for (const [what, outcome, ...moves] of HANDSHAKES)
    it(what, async () => {
      const { port } = await stage(play(...moves));
      expect(await summary(loginTo(port, false))).toBe(outcome);
    });

  it('holds an unknown certificate learns nothing, not even the user name', async () => {
    const { cert, key } = await createServerCertificate(await createAuthority());
    const secureContext = tls.createSecureContext({ cert, key });
    const clear: Buffer[] = [];
    const { port } = await stage((socket, _request, turn) => {
      if (turn > 0) return;
      socket.removeAllListeners('data');
      socket.write('S');
      const secure = new tls.TLSSocket(socket, { isServer: true, secureContext });
      secure.on('error', () => {});
      secure.on('data', (chunk) => clear.push(chunk));
    });
    expect(await summary(loginTo(port, false))).toBe('unknown TLS_NOT_VERIFIED');
    await new Promise((later) => setTimeout(later, 50));
    expect(Buffer.concat(clear)).toHaveLength(0);
  });

  it('cannot be met, because the CA file is missing', async () => {
    const { port } = await stage(play());
    expect(await summary(loginTo(port, false, '/nowhere/ca.pem'))).toBe('unknown CONFIG_INVALID');
  });
});

it.each([
  ['a closed port', '127.0.0.1', UNREACHABLE],
  ['an unknown name', 'no-such-host.invalid', UNREACHABLE],
  ['a path', '/var/run', 'unknown SECRET_INVALID'],
])('%s', async (_what, host, outcome) => {
  const login = postgres({ tls: { serverNames: new Map() } }).login(
    { host, port: 1, database: undefined, plaintext: true },
    { username: 'app', password: new Redacted(SECRET) },
    { connectTimeoutMs: 2_000, deadline: deadlineIn(120_000) },
  );
  expect(await summary(login)).toBe(outcome);
});

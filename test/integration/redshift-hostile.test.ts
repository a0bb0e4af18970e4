/** Servers, or somebody in between, that misbehave; and authentication by SHA-256, message by message. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deadlineIn } from '../../shared/core/deadline.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import { redshift } from '../../shared/engines/redshift/engine.ts';
import { leaksOf } from '../support/leaks.ts';
import { summary } from '../support/login.ts';
import { type Case, message, play, stage } from '../support/protocol-stage.ts';

const SECRET = 'Secret-9';
const SALT = Buffer.from('00ff10e8a1', 'hex');
const NONCE = Buffer.from('nonce of the server');

const loginTo = (port: number) =>
  redshift({ tls: { serverNames: new Map() } }).login(
    { host: '127.0.0.1', port, database: undefined, plaintext: true },
    { username: 'app', password: new Redacted(SECRET) },
    { connectTimeoutMs: 500, deadline: deadlineIn(120_000) },
  );

const ok = message('R', 0);
const ready = message('Z', 'I');
const md5 = message('R', 5, 'salt');
const sha256 = message('R', 13, 0, SALT.length, SALT, NONCE.length, NONCE);
const error = (sqlState: string, text: string) =>
  message('E', `SFATAL\0C${sqlState}\0M${text} ${SECRET}\0\0`);
const wrong = error('28000', 'password authentication failed for user "app"');
const notAllowed = error('28000', 'no pg_hba.conf entry for host');

const UNREACHABLE = 'unknown DATABASE_UNREACHABLE';
const CONFIGURATION = 'unknown DATABASE_CONFIGURATION';
const REJECTED = 'rejected CREDENTIALS_REJECTED 28000';

/** What a server does after the start-up message, the first; each further act answers the client's next packet. */
const PLAYS: readonly Case[] = [
  ['rejects an md5 proof', REJECTED, md5, wrong],
  ['rejects a SHA-256 proof', REJECTED, sha256, wrong],
  ['rejects before any proof', REJECTED, wrong],
  ['keeps the user out by other rules', 'unknown DATABASE_CONFIGURATION 28000', notAllowed],
  ['does so after a proof', 'unknown DATABASE_CONFIGURATION 28000', sha256, notAllowed],
  ['is starting', 'unknown DATABASE_UNREACHABLE 57P03', error('57P03', 'starting')],
  ['asks for the password in clear', CONFIGURATION, message('R', 3)],
  ['asks in clear after SHA-256', CONFIGURATION, sha256, message('R', 3)],
  ['asks for SCRAM', CONFIGURATION, message('R', 10, 'SCRAM-SHA-256\0\0')],
  ['asks for a token of an identity provider', CONFIGURATION, message('R', 14)],
  ['lets anybody in', CONFIGURATION, Buffer.concat([ok, ready])],
  ['names an unknown algorithm', UNREACHABLE, message('R', 13, 1, SALT.length, SALT, 1, 'n')],
  ['sends a challenge without fields', UNREACHABLE, message('R', 13)],
  ['sends a challenge with half a salt', UNREACHABLE, message('R', 13, 0, 32, SALT)],
  ['sends a challenge without a nonce', UNREACHABLE, message('R', 13, 0, SALT.length, SALT)],
  ['announces a huge salt', UNREACHABLE, message('R', 13, 0, -1, SALT)],
  ['hangs up after the proof', UNREACHABLE, sha256, 'end'],
  ['stalls after accepting it', 'accepted DATABASE_UNREACHABLE', sha256, ok],
  [
    'refuses the session',
    'accepted LOGIN_REFUSED 3D000',
    sha256,
    Buffer.concat([ok, error('3D000', 'no such database')]),
  ],
  ['dies in the first statement', 'accepted DATABASE_UNREACHABLE', md5, Buffer.concat([ok, ready]), 'reset'],
];

describe('a server that', () => {
  for (const [what, outcome, ...moves] of PLAYS)
    it(what, async () => {
      const { port, heard } = await stage(play(...moves));
      const login = loginTo(port);
      expect(await summary(login)).toBe(outcome);
      expect(leaksOf(SECRET, heard().toString('latin1'))).toEqual([]);
      expect(leaksOf(SECRET, JSON.stringify(await login))).toEqual([]);
    });

  it('sends one byte at a time', async () => {
    const { port } = await stage(async (socket, _request, turn) => {
      if (turn > 0) return void socket.write(wrong);
      for (const byte of sha256) {
        socket.write(Buffer.from([byte]));
        await new Promise((soon) => setTimeout(soon, 2));
      }
    });
    expect(await summary(loginTo(port))).toBe(REJECTED);
  });
});

describe('the answer to a request for SHA-256', () => {
  async function answer() {
    let answered: Buffer = Buffer.alloc(0);
    const { port } = await stage((socket, request, turn) => {
      if (turn === 1) answered = request;
      socket.write(turn === 0 ? sha256 : wrong);
    });
    await loginTo(port);
    const field = (at: number) => answered.subarray(at + 4, at + 4 + answered.readInt32BE(at));
    const proof = field(5);
    return { letter: answered.toString('latin1', 0, 1), length: answered.length, proof, nonce: field(41) };
  }

  it('is a digest and a nonce of its own', async () => {
    const { letter, length, proof, nonce } = await answer();
    const once = createHash('sha256')
      .update(Buffer.concat([Buffer.from(SECRET), SALT]))
      .digest();
    const twice = createHash('sha256')
      .update(Buffer.concat([once, NONCE, nonce]))
      .digest();
    expect([letter, length, nonce.toString()]).toEqual(['d', 58, expect.stringMatching(/^\d{13}$/)]);
    expect(proof).toEqual(twice);
  });

  it('is never the same', async () => {
    expect((await answer()).nonce).not.toEqual((await answer()).nonce);
  });
});

/** What the server said of the credentials, told from all else that can go wrong. */
import { DatabaseError } from 'pg';
import type { Deadline } from '../../core/deadline.ts';
import { type ErrorCode, KeyturnError } from '../../core/errors.ts';
import type { Redacted } from '../../core/redacted.ts';
import type { Credentials, Login, LoginLimits, Target } from '../../rotation/engine.ts';
import { attemptLogin, lostInLogin } from '../attempt.ts';
import { clientOn } from '../pg/client.ts';
import type { GateRules } from '../pg/gate.ts';
import { explained, StatementFailed } from '../pg/statements.ts';
import { openWire, type PostgresWire } from '../pg/wire.ts';
import type { TlsSettings } from '../tls.ts';
import { answerTo } from './digest.ts';
import { nameProblem } from './names.ts';
import { openSession, passwordFormOf } from './session.ts';

/** The database that a new cluster comes with. */
const DEFAULT_DATABASE = 'dev';

export async function login(
  tls: TlsSettings,
  target: Target,
  credentials: Credentials,
  limits: LoginLimits,
): Promise<Login> {
  return attemptLogin(target, credentials, limits, {
    nameProblem,
    open: (signal) => openWire(target, tls, gateFor(credentials.password), signal),
    authenticate: (wire) => authenticate(wire, target, credentials, limits.deadline),
  });
}

const gateFor = (password: Redacted): GateRules => ({
  proofs: ['md5', 'sha256'],
  answer: (challenge) => answerTo(challenge, password),
  asksInClear: 'A pooler or a proxy may do so; give the host of Redshift itself.',
});

async function authenticate(
  wire: PostgresWire,
  target: Target,
  credentials: Credentials,
  deadline: Deadline,
): Promise<Login> {
  const client = clientOn(wire, target, credentials, DEFAULT_DATABASE);
  try {
    await client.connect();
    const session = await openSession(client, wire, deadline);
    return { outcome: 'accepted', session };
  } catch (error) {
    wire.destroy();
    return refusal(error, wire, credentials.username);
  }
}

/** After AuthenticationOk the credentials are right, whatever follows. */
function refusal(error: unknown, wire: PostgresWire, username: string): Login {
  const { authenticated } = wire.gate;
  const problem = problemOf(error, username, authenticated);
  if (authenticated)
    return { outcome: 'accepted', session: undefined, passwordForm: passwordFormOf(wire.gate), problem };
  return { outcome: isRejection(error) ? 'rejected' : 'unknown', problem };
}

/**
 * PostgreSQL 8.0, which Redshift stems from, has one SQLSTATE for a wrong password and for all else that keeps a user
 * out. What only resembles a rejection is `unknown`, so that no other password is tried.
 */
const isRejection = (error: unknown): boolean =>
  error instanceof DatabaseError &&
  /^(28000|28P01)$/.test(error.code ?? '') &&
  error.message.startsWith('password authentication failed');

function problemOf(error: unknown, username: string, authenticated: boolean): KeyturnError {
  if (error instanceof StatementFailed) return explained(error, 'opening the session');
  if (!(error instanceof DatabaseError)) return lostInLogin(error);
  const sqlState = error.code ?? '';
  if (authenticated) return refusedSession(sqlState, username);
  return isRejection(error) ? rejected(sqlState, username) : refusedBefore(sqlState, username);
}

const problem = (code: ErrorCode, what: string, sqlState: string) =>
  new KeyturnError(code, `${what} (SQLSTATE ${sqlState}).`, { sqlState });

const rejected = (sqlState: string, username: string): KeyturnError =>
  problem('CREDENTIALS_REJECTED', `The server rejects the password of ${username}`, sqlState);

/** Connections, shutting down or starting, and the server's own trouble come first. */
const refusedBefore = (sqlState: string, username: string): KeyturnError =>
  /^(08|53|57|58|XX)/.test(sqlState)
    ? problem('DATABASE_UNREACHABLE', 'The server lets nobody in now', sqlState)
    : problem(
        'DATABASE_CONFIGURATION',
        `The server refuses ${username} before looking at the password`,
        sqlState,
      );

const REFUSED_SESSIONS: Readonly<Record<string, string>> = {
  '3D000': 'names a database that does not exist',
  '53300': 'has no connection left (CONNECTION LIMIT)',
};

function refusedSession(sqlState: string, username: string): KeyturnError {
  const why = REFUSED_SESSIONS[sqlState] ?? 'gets no session';
  return problem('LOGIN_REFUSED', `${username} ${why}`, sqlState);
}

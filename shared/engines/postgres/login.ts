/** What the server said of the credentials, told from all else that can go wrong. */
import { DatabaseError } from 'pg';
import type { Deadline } from '../../core/deadline.ts';
import { type ErrorCode, isKeyturnError, KeyturnError } from '../../core/errors.ts';
import type { Credentials, Login, LoginLimits, Target } from '../../rotation/engine.ts';
import { attemptLogin, lostInLogin } from '../attempt.ts';
import { clientOn } from '../pg/client.ts';
import type { GateRules } from '../pg/gate.ts';
import { explained, StatementFailed } from '../pg/statements.ts';
import { openWire, type PostgresWire } from '../pg/wire.ts';
import type { TlsSettings } from '../tls.ts';
import { nameProblem } from './names.ts';
import { openSession } from './session.ts';

const DEFAULT_DATABASE = 'postgres';

export async function login(
  tls: TlsSettings,
  target: Target,
  credentials: Credentials,
  limits: LoginLimits,
): Promise<Login> {
  return attemptLogin(target, credentials, limits, {
    nameProblem,
    open: (signal) => openWire(target, tls, GATE, signal),
    authenticate: (wire) => authenticate(wire, target, credentials, limits.deadline),
  });
}

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

const GATE: GateRules = {
  proofs: ['scram-sha-256', 'md5'],
  asksInClear:
    'RDS does so for members of rds_iam, who log in by IAM and not by password; elsewhere it is "password", "ldap", "pam" or "radius" in pg_hba.conf.',
};

/** After AuthenticationOk the credentials are right, whatever follows. */
function refusal(error: unknown, wire: PostgresWire, username: string): Login {
  const problem = problemOf(error, username, wire.gate.authenticated);
  // What a pooler says of a password is not the server's word.
  if (isForgery(error) || isKeyturnError(error, 'DATABASE_CONFIGURATION'))
    return { outcome: 'unknown', problem };
  const passwordForm = wire.gate.form ?? 'scram-sha-256';
  if (wire.gate.authenticated) return { outcome: 'accepted', session: undefined, passwordForm, problem };
  const rejected = error instanceof DatabaseError && error.code === '28P01';
  return { outcome: rejected ? 'rejected' : 'unknown', problem };
}

/** The server could not prove that it knows the password too, or broke the SCRAM exchange. */
const isForgery = (error: unknown): boolean => error instanceof Error && error.message.startsWith('SASL');

function problemOf(error: unknown, username: string, authenticated: boolean): KeyturnError {
  if (isForgery(error))
    return new KeyturnError('DATABASE_CONFIGURATION', 'The server did not carry out SCRAM-SHA-256 rightly.');
  if (error instanceof StatementFailed) return explained(error, 'opening the session');
  if (!(error instanceof DatabaseError)) return lostInLogin(error);
  const sqlState = error.code ?? '';
  return authenticated ? refusedSession(sqlState, username) : refusedBefore(sqlState, username);
}

function refusedBefore(sqlState: string, username: string): KeyturnError {
  const problem = (code: ErrorCode, what: string) =>
    new KeyturnError(code, `${what} (SQLSTATE ${sqlState}).`, { sqlState });
  if (sqlState === '28P01')
    return problem('CREDENTIALS_REJECTED', `The server rejects the password of ${username}`);
  // Connections, shutting down or starting, and the server's own trouble.
  if (/^(08|53|57|58|XX)/.test(sqlState))
    return problem('DATABASE_UNREACHABLE', 'The server lets nobody in now');
  if (sqlState === '28000')
    return problem('DATABASE_CONFIGURATION', `pg_hba.conf, or IAM authentication, keeps ${username} out`);
  return problem('DATABASE_CONFIGURATION', `The server refuses ${username} before looking at the password`);
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REFUSED_SESSIONS: Readonly<Record<string, string>> = {
  '28000': 'may not log in (NOLOGIN)',
  '3D000': 'names a database that does not exist',
  '42501': 'may not CONNECT to the database',
  '53300': "has no connection left: its own limit, the database's, or all but the reserved ones are in use",
  '55000': 'names a database that takes no connections',
};

function refusedSession(sqlState: string, username: string): KeyturnError {
  const why = REFUSED_SESSIONS[sqlState] ?? 'gets no session';
  return new KeyturnError('LOGIN_REFUSED', `${username} ${why} (SQLSTATE ${sqlState}).`, { sqlState });
}

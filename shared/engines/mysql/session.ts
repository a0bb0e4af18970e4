/** One authenticated connection. */
import type { Connection } from 'mysql2';
import type { Deadline } from '../../core/deadline.ts';
import { KeyturnError } from '../../core/errors.ts';
import type { Credentials, PasswordForm, Session, UserInfo } from '../../rotation/engine.ts';
import type { Wire } from '../wire.ts';
import { toldOf } from './denial.ts';
import { dualPassword } from './dual-password.ts';
import type { Gate } from './gate.ts';
import { keepsMarks, markStatement } from './mark.ts';
import { type Account, parseAccount } from './names.ts';
import { changePassword } from './password.ts';
import { ownRights } from './rights.ts';
import { askServer, type Server } from './server.ts';
import { convergeStandby } from './standby.ts';
import { explaining, StatementFailed, Statements } from './statements.ts';
import { describeUser, missingGrants } from './users.ts';

const PROBE_TIMEOUT_MS = 5_000;
/** How long a polite good-bye may take. */
const CLOSE_TIMEOUT_MS = 2_000;

/** MariaDB logs statements as they are, so it gets a hash where it takes one; MySQL masks passwords itself. */
export const passwordFormOf = (gate: Gate, mariadb = gate.mariadb): PasswordForm =>
  mariadb && gate.plugin === 'mysql_native_password' ? 'hash' : 'plain';

/** @throws StatementFailed */
export async function openSession(
  connection: Connection,
  wire: Wire<Gate>,
  credentials: Credentials,
  deadline: Deadline,
): Promise<Session> {
  const sql = new Statements(connection, deadline, wire);
  const server = await settled(sql);
  const own = parseAccount((await sql.row<Who>(WHO)).who);
  return {
    server: server.label,
    passwordForm: passwordFormOf(wire.gate, server.product === 'mariadb'),
    whoAmI: async () => own.user,
    isWriter: () => explaining('asking for its mode', () => isWriter(sql)),
    dualPassword: () => explaining('asking for its passwords', () => dualPassword(sql, server)),
    describeUser: (username) => describing(username, own, () => describeUser(sql, server, username, own)),
    missingGrants: (usernames) =>
      explaining('asking for its rights', () => missingGrants(sql, server, usernames, own)),
    markStatement: (username, mark) => (keepsMarks(server) ? markStatement(username, mark) : undefined),
    effectiveRights: (username) =>
      explaining(
        `reading the rights of ${username}`,
        async () => new Set((await ownRights(sql, server, own)).keys()),
      ),
    changePassword: (change, guard) => changePassword(sql, { server, own, credentials }, change, guard),
    convergeStandby: (plan, guard) => convergeStandby(sql, { server, own, credentials }, plan, guard),
    probe: (text) => probe(sql, server, text),
    [Symbol.asyncDispose]: () => close(connection, wire),
  };
}

/** The first that a superuser does, so that a right it lacks shows here. */
async function describing(username: string, own: Account, body: () => Promise<UserInfo>): Promise<UserInfo> {
  try {
    return await body();
  } catch (error) {
    throw error instanceof StatementFailed ? toldOf(error, own, `describing ${username}`) : error;
  }
}

interface Who {
  readonly who: string;
}

/** The account that the server chose, which USER() would not tell: it holds the client's own words. */
const WHO = 'SELECT CURRENT_USER() AS who';

/**
 * Frees the session from what the server's administrator may have set for all. The mode comes first: with it each
 * text below means what it says.
 */
async function settled(sql: Statements): Promise<Server> {
  await sql.run("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'");
  await sql.run('SET NAMES utf8mb4');
  await sql.run('SET SESSION autocommit = 1, SESSION lock_wait_timeout = 30');
  const server = await askServer(sql);
  // Else MariaDB would keep a new password as a hash by which no client of today logs in.
  if (server.product === 'mariadb') await sql.run('SET SESSION old_passwords = 0').catch(unlessUnknown);
  return server;
}

/** A release that has dropped the setting has dropped those hashes too. */
function unlessUnknown(error: unknown): void {
  if (!(error instanceof StatementFailed) || error.number !== UNKNOWN_SYSTEM_VARIABLE) throw error;
}

/** https://mariadb.com/kb/en/mariadb-error-code-reference/ */
const UNKNOWN_SYSTEM_VARIABLE = 1193;

/** A replica, and every instance of Aurora but the writer, is read-only. Only MariaDB has more words than 0 and 1. */
async function isWriter(sql: Statements): Promise<boolean> {
  const { mode, storage } = await sql.row<{ mode: unknown; storage: unknown }>(
    'SELECT @@global.read_only AS mode, @@global.innodb_read_only AS storage',
  );
  return [mode, storage].every((value) => /^(0|OFF)$/i.test(String(value)));
}

async function probe(sql: Statements, { product }: Server, text: string): Promise<void> {
  try {
    await sql.run('SET SESSION sql_mode = DEFAULT');
    await sql.run(
      product === 'mariadb'
        ? `SET SESSION max_statement_time = ${PROBE_TIMEOUT_MS / 1000}`
        : `SET SESSION max_execution_time = ${PROBE_TIMEOUT_MS}`,
    );
    await sql.run('START TRANSACTION READ ONLY');
    await sql.run(text, 2 * PROBE_TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof StatementFailed)) throw error;
    if (error.number === undefined)
      throw new KeyturnError('DATABASE_UNREACHABLE', 'The connection was lost during the probe.');
    throw new KeyturnError('PROBE_FAILED', `Error ${error.number}.`);
  } finally {
    await sql.run('ROLLBACK').catch(() => {});
    await sql.run("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'").catch(() => {});
  }
}

async function close(connection: Connection, wire: Wire<Gate>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  connection.end(() => resolve());
  await promise;
  clearTimeout(timer);
  wire.destroy();
}

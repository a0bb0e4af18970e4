/** One authenticated connection. */
import type { Client } from 'pg';
import type { Deadline } from '../../core/deadline.ts';
import { KeyturnError } from '../../core/errors.ts';
import type { Session } from '../../rotation/engine.ts';
import { close } from '../pg/client.ts';
import { PROBE_TIMEOUT_MS, probe } from '../pg/probe.ts';
import { explaining, Statements } from '../pg/statements.ts';
import type { PostgresWire } from '../pg/wire.ts';
import { inTransaction } from './change.ts';
import { denied, missingGrants } from './denial.ts';
import { setPassword } from './password.ts';
import { effectiveRights } from './rights.ts';
import { convergeStandby } from './standby.ts';
import { describeUser, markStatement } from './users.ts';

/** @throws StatementFailed; KeyturnError DATABASE_CONFIGURATION when a pooler answers */
export async function openSession(client: Client, wire: PostgresWire, deadline: Deadline): Promise<Session> {
  const sql = new Statements(client, deadline, () => wire.destroy());
  const { version, pid } = await sql.row<Server>(SERVER);
  if (pid !== wire.gate.processId) throw poolerAnswers();
  await sql.run(SETTLE);
  return {
    server: `PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000}`,
    passwordForm: wire.gate.form ?? 'scram-sha-256',
    whoAmI: () => explaining('asking for its user', async () => (await sql.row<Who>(WHO)).who),
    isWriter: () => explaining('asking for its mode', async () => (await sql.row<Mode>(MODE)).writer),
    dualPassword: async () => ({
      unsupportedBecause: 'PostgreSQL keeps one password for each user; rotate a pair by alternating-users',
      mayRepeat: true,
    }),
    describeUser: (username) => explaining(`describing ${username}`, () => describeUser(sql, username)),
    missingGrants: (usernames) => explaining('asking for its rights', () => missingGrants(sql, usernames)),
    markStatement,
    effectiveRights: (username, pair) =>
      explaining(`comparing the rights of ${username}`, () => effectiveRights(sql, version, username, pair)),
    changePassword: (change, guard) =>
      inTransaction(sql, {
        username: change.username,
        guard,
        body: () => setPassword(sql, change, guard),
        explainDenial: (what) => denied(sql, [change.username], what),
      }),
    convergeStandby: (plan, guard) => convergeStandby(sql, version, plan, guard),
    probe: (text) => probe(sql, [AS_APPLICATION], text),
    [Symbol.asyncDispose]: () => close(client, wire),
  };
}

interface Server {
  readonly version: number;
  readonly pid: number;
}

/** Before anything is set, so with the names in full. */
const SERVER = `
  SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version,
    pg_catalog.pg_backend_pid() AS pid`;

/**
 * A pooler tells a number of its own. What is set in its server's session stays there for whom it serves next: the
 * application would find no table.
 */
const poolerAnswers = (): KeyturnError =>
  new KeyturnError(
    'DATABASE_CONFIGURATION',
    'A pooler or a proxy answers there, and not the server: nothing was set or changed. Set rotation.host and rotation.port to the server.',
  );

interface Who {
  readonly who: string;
}

interface Mode {
  readonly writer: boolean;
}

const WHO = 'SELECT session_user::text AS who';

const MODE = "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS writer";

/**
 * Frees the session from what the user's and the database's owners may have set: a search path that puts their
 * functions before the server's own (CVE-2018-1058), a role to act as, time-outs, and read-only transactions for
 * this user alone, which do not make the server a replica.
 */
const SETTLE = `
  SET search_path = '';
  SET ROLE NONE;
  SET statement_timeout = '30s';
  SET lock_timeout = '30s';
  SET default_transaction_isolation = 'read committed';
  SET DateStyle = 'ISO';
  SELECT set_config('default_transaction_read_only', 'off', false) FROM pg_settings
    WHERE name = 'default_transaction_read_only' AND setting = 'on' AND source IN ('user', 'database user');
  SELECT set_config(name, '20s', false) FROM pg_settings WHERE name = 'tcp_user_timeout'`;

/** As the application would see it: with its own search path and role. */
const AS_APPLICATION = `
  BEGIN READ ONLY;
  SET LOCAL statement_timeout = ${PROBE_TIMEOUT_MS};
  SET LOCAL lock_timeout = ${PROBE_TIMEOUT_MS};
  SET LOCAL search_path TO DEFAULT;
  SET LOCAL ROLE TO DEFAULT`;

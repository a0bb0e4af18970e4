/** One authenticated connection. */
import type { Client } from 'pg';
import type { Deadline } from '../../core/deadline.ts';
import { KeyturnError } from '../../core/errors.ts';
import type { PasswordForm, Session } from '../../rotation/engine.ts';
import { close } from '../pg/client.ts';
import type { Gate } from '../pg/gate.ts';
import { PROBE_TIMEOUT_MS, probe } from '../pg/probe.ts';
import { explaining, Statements } from '../pg/statements.ts';
import type { PostgresWire } from '../pg/wire.ts';
import { markStatement } from './mark.ts';
import { changePassword } from './password.ts';
import { effectiveRights } from './rights.ts';
import { convergeStandby } from './standby.ts';
import { describeUser, missingGrants } from './users.ts';

/** As the password was asked for. */
export const passwordFormOf = ({ form }: Gate): PasswordForm => form ?? 'md5';

/** @throws StatementFailed; KeyturnError DATABASE_CONFIGURATION when another product answers */
export async function openSession(client: Client, wire: PostgresWire, deadline: Deadline): Promise<Session> {
  const sql = new Statements(client, deadline, () => wire.destroy());
  for (const setting of SETTINGS) await sql.run(setting);
  const { version } = await sql.row<{ version: string }>('SELECT version()');
  return {
    server: productOf(version),
    passwordForm: passwordFormOf(wire.gate),
    whoAmI: () => explaining('asking for its user', async () => (await sql.row<Who>(WHO)).who),
    // No endpoint is for reading only; a cluster that is read-only while it is resized refuses the change itself.
    isWriter: async () => true,
    dualPassword: async () => ({
      unsupportedBecause: 'Redshift keeps one password for each user; rotate a pair by alternating-users',
      mayRepeat: true,
    }),
    describeUser: (username, expected) =>
      explaining(`describing ${username}`, () => describeUser(sql, username, expected)),
    missingGrants: (usernames) => explaining('asking for its rights', () => missingGrants(sql, usernames)),
    markStatement,
    effectiveRights: (username) =>
      explaining(`reading the rights of ${username}`, () => effectiveRights(sql, username)),
    changePassword: (change, guard) => changePassword(sql, change, guard),
    convergeStandby: (plan, guard) => convergeStandby(sql, plan, guard),
    probe: (text) => probe(sql, AS_APPLICATION, text),
    [Symbol.asyncDispose]: () => close(client, wire),
  };
}

interface Who {
  readonly who: string;
}

const WHO = 'SELECT session_user AS who';

/** https://docs.aws.amazon.com/redshift/latest/dg/r_VERSION.html */
function productOf(version: string): string {
  const found = /\bRedshift ([\d.]+)/.exec(version)?.[1];
  if (found !== undefined) return `Redshift ${found}`;
  throw new KeyturnError('DATABASE_CONFIGURATION', 'The server does not say that it is Redshift.');
}

/**
 * Frees the session from what the user or an administrator may have set: a search path that puts others' tables
 * before the server's own, a time zone that the end of a password would be read in.
 * https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_ConfigurationRef.html
 */
const SETTINGS = [
  'SET search_path TO pg_catalog',
  'SET statement_timeout TO 30000',
  "SET timezone TO 'UTC'",
] as const;

/** As the application would see it: with its own search path. */
const AS_APPLICATION = [
  'RESET search_path',
  `SET statement_timeout TO ${PROBE_TIMEOUT_MS}`,
  'BEGIN READ ONLY',
] as const;

/**
 * What a server can do for two passwords of one user:
 * https://dev.mysql.com/doc/refman/8.4/en/password-management.html#dual-passwords
 */
import type { DualPassword } from '../../rotation/engine.ts';
import type { Server } from './server.ts';
import type { Statements } from './statements.ts';

/** @throws StatementFailed */
export async function dualPassword(sql: Statements, server: Server): Promise<DualPassword> {
  if (server.product === 'mariadb')
    return { unsupportedBecause: 'MariaDB keeps one password for each user', mayRepeat: true };
  if (!server.atLeast(8, 0, 14))
    return { unsupportedBecause: 'two passwords came with MySQL 8.0.14', mayRepeat: true };
  return { unsupportedBecause: undefined, mayRepeat: await mayRepeat(sql) };
}

/** Whether no policy, the account's own or the server's, remembers passwords. */
async function mayRepeat(sql: Statements): Promise<boolean> {
  const [row] = await sql.rows<Record<string, string>>('SHOW CREATE USER CURRENT_USER()');
  const account = Object.values(row ?? {})[0] ?? '';
  const { history, days } = await sql.row<{ history: number; days: number }>(
    'SELECT @@global.password_history AS history, @@global.password_reuse_interval AS days',
  );
  return (
    isNone(/PASSWORD HISTORY (DEFAULT|\d+)/.exec(account)?.[1], history) &&
    isNone(/PASSWORD REUSE INTERVAL (DEFAULT|\d+)/.exec(account)?.[1], days)
  );
}

const isNone = (own: string | undefined, global: number): boolean =>
  Number(own === undefined || own === 'DEFAULT' ? global : own) === 0;

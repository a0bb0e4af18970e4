/** New passwords, and the form in which they are sent. */
import { createHash } from 'node:crypto';
import { KeyturnError } from '../../core/errors.ts';
import type { Redacted } from '../../core/redacted.ts';
import type { Credentials, Guard, NewPassword } from '../../rotation/engine.ts';
import { isDenial, toldOf as toldOfOther } from './denial.ts';
import { type Account, quoteAccount, quoteText } from './names.ts';
import type { Server } from './server.ts';
import { explained, StatementFailed, type Statements } from './statements.ts';
import { tokensOf } from './tokens.ts';
import { accountsOf } from './users.ts';

/** `hash` is what mysql_native_password stores; only MariaDB takes it from a user for itself. */
export const PASSWORD_FORMS = ['plain', 'hash'] as const;

export interface Asker {
  readonly server: Server;
  /** The account of this session. */
  readonly own: Account;
  readonly credentials: Credentials;
}

/**
 * The fence is asked immediately before each statement. DDL commits itself here, so there is no transaction.
 * @throws KeyturnError PASSWORD_REFUSED, NOT_PRIMARY_PASSWORD, DATABASE_REFUSED, DATABASE_BUSY, FENCE_LOST
 */
export async function changePassword(
  sql: Statements,
  asker: Asker,
  change: NewPassword,
  guard: Guard,
): Promise<void> {
  try {
    await limitWaits(sql, asker.server, guard.statementTimeoutMs);
    if (change.username === asker.own.user) await requireOneMethod(sql, asker);
    const accounts = await accountsFor(sql, asker, change.username, guard);
    await send(sql, asker, change, accounts, guard);
  } catch (error) {
    throw error instanceof StatementFailed ? toldOf(error, asker, change) : error;
  }
}

/** A killed client's statement that waits, for a table or for a row, goes on waiting on the server as long as this. */
export async function limitWaits(sql: Statements, { product }: Server, timeoutMs: number): Promise<void> {
  const seconds = Math.max(1, Math.floor(timeoutMs / 1000));
  await sql.run(`SET SESSION lock_wait_timeout = ${seconds}, SESSION innodb_lock_wait_timeout = ${seconds}`);
  if (product === 'mariadb') await sql.run(`SET SESSION max_statement_time = ${seconds}`);
}

/**
 * An account of MariaDB may have several methods (`VIA … OR …`). Only the first of them would get the new password, and
 * a wrong one is answered by the last: so an old password might go on working, and once AWSCURRENT were dead nobody
 * could tell.
 */
async function requireOneMethod(sql: Statements, { server, own }: Asker): Promise<void> {
  if (server.product !== 'mariadb') return;
  const [row] = await sql.rows<Record<string, string>>('SHOW CREATE USER CURRENT_USER()');
  const words = tokensOf(Object.values(row ?? {})[0] ?? '').filter(({ kind }) => kind === 'word');
  if (!words.some(({ text }) => text.toUpperCase() === 'OR')) return;
  const me = quoteAccount(own);
  throw new KeyturnError(
    'DATABASE_REFUSED',
    `${me} may log in by several methods (VIA … OR …), of which only one would be changed. Leave it one, as an administrator: ALTER USER ${me} IDENTIFIED VIA mysql_native_password USING …; or let a superuser rotate it: rotation.by "superuser".`,
  );
}

/**
 * Those that share the name. A user changes the account it came in by; where it can see that there are others, which
 * would keep the old password, it stops.
 */
async function accountsFor(
  sql: Statements,
  { own }: Asker,
  username: string,
  guard: Guard,
): Promise<readonly Account[]> {
  const self = username === own.user;
  const all = await accountsOf(sql, username).catch((error) => {
    if (!self || !(error instanceof StatementFailed) || error.number === undefined) throw error;
    guard.note(
      `${quoteAccount(own)} may not read mysql.user, so other accounts of this name, if there are any, keep their passwords.`,
    );
    return [own];
  });
  if (all.length === 0)
    throw new KeyturnError('DATABASE_REFUSED', `There is no user ${username} on this server.`);
  const others = all.filter(({ host }) => host !== own.host);
  if (self && others.length > 0)
    throw new KeyturnError(
      'DATABASE_REFUSED',
      `${username} has accounts for several hosts, and only ${quoteAccount(own)} would be changed, not ${others.map(quoteAccount).join(', ')}. Drop them, or let a superuser rotate all: rotation.by "superuser".`,
    );
  return all;
}

async function send(
  sql: Statements,
  asker: Asker,
  change: NewPassword,
  accounts: readonly Account[],
  guard: Guard,
): Promise<void> {
  const statement = statementFor(asker, change, accounts);
  await guard.fence();
  if (change.current !== undefined) return sql.run(statement(change.current));
  try {
    await sql.run(statement(undefined));
  } catch (error) {
    if (!(error instanceof StatementFailed) || error.number !== MISSING_CURRENT_PASSWORD) throw error;
    await guard.fence();
    await sql.run(statement(asker.credentials.password));
  }
}

/** @returns the statement, for the password in use if the server wants to see it */
function statementFor(
  { server, own }: Asker,
  change: NewPassword,
  accounts: readonly Account[],
): (current: Redacted | undefined) => string {
  const self = change.username === own.user;
  const retain = change.retain ? ' RETAIN CURRENT PASSWORD' : '';
  // ALTER USER is for administrators only in MariaDB.
  if (self && server.product === 'mariadb')
    return () => {
      const secret = literalOf(change, server);
      return `SET PASSWORD = ${change.form === 'hash' ? secret : `PASSWORD(${secret})`}`;
    };
  // Of several accounts, one statement: MySQL changes all or none.
  return (current) => {
    const replace = current === undefined ? '' : ` REPLACE ${quoteText(current.reveal())}`;
    const names = self ? ['CURRENT_USER()'] : accounts.map(quoteAccount);
    return `ALTER USER ${names.map((name) => `${name} ${identifiedBy(change, server)}${replace}${retain}`).join(', ')}`;
  };
}

/** What follows an account. @throws KeyturnError SECRET_INVALID */
export const identifiedBy = (change: NewPassword, server: Server): string =>
  `IDENTIFIED BY ${change.form === 'hash' ? 'PASSWORD ' : ''}${literalOf(change, server)}`;

function literalOf({ password, form }: NewPassword, server: Server): string {
  if (!password.satisfies(isPrintableAscii))
    throw new KeyturnError('SECRET_INVALID', 'The password holds characters other than printable ASCII.', {
      field: 'password',
    });
  return quoteText(form === 'hash' ? nativeHash(password, server) : password.reveal());
}

/** As good as the password to whoever reads the network or another server's table, so it stays inside too. */
function nativeHash(password: Redacted, { product, label }: Server): string {
  if (product !== 'mariadb')
    throw new KeyturnError('SECRET_INVALID', `${label} takes no hash from a user; leave it out.`, {
      field: 'rotation.password.send',
    });
  const once = createHash('sha1').update(password.reveal()).digest();
  return `*${createHash('sha1').update(once).digest('hex').toUpperCase()}`;
}

const isPrintableAscii = (text: string): boolean => /^[\x21-\x7e]+$/.test(text);

/** https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const INCORRECT_CURRENT_PASSWORD = 3891;
const MISSING_CURRENT_PASSWORD = 3892;
/** 1819: validate_password, or a plugin of MariaDB. 3638: password history. */
const POLICY: ReadonlySet<number> = new Set([1819, 3638]);
const OPTION_PREVENTS = 1290;

function toldOf(failed: StatementFailed, { own, server }: Asker, change: NewPassword): KeyturnError {
  const { number = 0 } = failed;
  const { username } = change;
  const told = (code: 'NOT_PRIMARY_PASSWORD' | 'PASSWORD_REFUSED' | 'DATABASE_REFUSED', what: string) =>
    new KeyturnError(code, `Error ${number} while changing ${username}: ${what}`);
  if (number === INCORRECT_CURRENT_PASSWORD && change.current === undefined)
    return told(
      'DATABASE_REFUSED',
      `the account wants to see its primary password (PASSWORD REQUIRE CURRENT), which is that of a version given up earlier. As an administrator: ALTER USER ${quoteAccount(own)} PASSWORD REQUIRE CURRENT OPTIONAL;`,
    );
  if (number === INCORRECT_CURRENT_PASSWORD)
    return told('NOT_PRIMARY_PASSWORD', 'its password in use is not the primary one.');
  if (POLICY.has(number)) return told('PASSWORD_REFUSED', 'the password policy refuses it.');
  if (number === OPTION_PREVENTS && change.form === 'hash' && !failed.readOnly)
    return told(
      'DATABASE_REFUSED',
      'strict_password_validation takes no hash; set rotation.password.send to "plain".',
    );
  if (username !== own.user) return toldOfOther(failed, own, `changing ${username}`);
  if (isDenial(failed)) return told('DATABASE_REFUSED', lacking(server, own, change));
  return explained(failed, `changing ${username}`);
}

function lacking({ product }: Server, own: Account, { retain }: NewPassword): string {
  const me = quoteAccount(own);
  if (retain && product === 'mysql')
    return `${me} may not keep two passwords. As an administrator: GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO ${me};`;
  return `${me} may not change its own password.`;
}

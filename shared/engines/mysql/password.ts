/** New passwords, and the form in which they are sent. */
import { createHash } from 'node:crypto';
import { KeyturnError } from '../../core/errors.ts';
import type { Redacted } from '../../core/redacted.ts';
import type { Credentials, Guard, NewPassword } from '../../rotation/engine.ts';
import { toldOfChange } from './denial.ts';
import { type Account, quoteAccount, quoteText } from './names.ts';
import type { Server } from './server.ts';
import { StatementFailed, type Statements } from './statements.ts';
import { tokensOf } from './tokens.ts';
import { accountsOf } from './users.ts';

/** `hash` is what mysql_native_password stores; only MariaDB takes it from a user for itself. */
export const PASSWORD_FORMS = ['plain', 'hash'] as const;

/** How the accounts of a user prove their passwords, by host. */
export type Methods = ReadonlyMap<string, string>;

interface Changed {
  readonly accounts: readonly Account[];
  readonly methods: Methods;
}

export interface Asker {
  readonly server: Server;
  /** The account of this session. */
  readonly own: Account;
  readonly credentials: Credentials;
}

/**
 * The fence is asked immediately before each statement. DDL commits itself here, so there is no transaction.
 * @param methods that accounts of other users are given; the others keep theirs
 * @throws KeyturnError PASSWORD_REFUSED, NOT_PRIMARY_PASSWORD, DATABASE_REFUSED, DATABASE_BUSY, FENCE_LOST
 */
export async function changePassword(
  sql: Statements,
  asker: Asker,
  change: NewPassword,
  guard: Guard,
  methods: Methods = new Map(),
): Promise<void> {
  try {
    await limitWaits(sql, asker.server, guard.statementTimeoutMs);
    if (change.username === asker.own.user) await requireOneMethod(sql, asker);
    const accounts = await accountsFor(sql, asker, change.username, guard);
    await send(sql, asker, change, { accounts, methods }, guard);
  } catch (error) {
    throw error instanceof StatementFailed ? toldOfChange(await causeOf(sql, error), asker, change) : error;
  }
}

/** Of a change of another user, MariaDB says only that it failed, and why in a warning. */
async function causeOf(sql: Statements, failed: StatementFailed): Promise<StatementFailed> {
  if (failed.number !== CANNOT_USER) return failed;
  const warnings = await sql.rows<{ Code: number }>('SHOW WARNINGS').catch(() => []);
  const cause = warnings.find(({ Code }) => Code !== CANNOT_USER);
  return cause === undefined ? failed : failed.because(cause.Code);
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
  changed: Changed,
  guard: Guard,
): Promise<void> {
  const statement = statementFor(asker, change, changed);
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
  { accounts, methods }: Changed,
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
    if (self) return `ALTER USER CURRENT_USER() ${identifiedBy(change, server)}${replace}${retain}`;
    const parts = accounts.map(
      (account) => `${quoteAccount(account)} ${identifiedBy(change, server, methods.get(account.host))}`,
    );
    return `ALTER USER ${parts.join(', ')}`;
  };
}

/** What follows an account. @throws KeyturnError SECRET_INVALID */
export const identifiedBy = (change: NewPassword, server: Server, method?: string): string =>
  `IDENTIFIED ${method === undefined ? '' : `WITH ${quoteText(method)} `}BY ${change.form === 'hash' ? 'PASSWORD ' : ''}${literalOf(change, server)}`;

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
const MISSING_CURRENT_PASSWORD = 3892;
const CANNOT_USER = 1396;

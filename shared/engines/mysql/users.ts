/** What a user is, to whoever may read the system's tables. */
import type { UserInfo } from '../../rotation/engine.ts';
import { keepsMarks, readMark } from './mark.ts';
import { type Account, quoteAccount } from './names.ts';
import { hasRoles, type Server } from './server.ts';
import type { Statements } from './statements.ts';

/** All that share the name, by host. @throws StatementFailed when mysql.user may not be read */
export const accountsOf = (sql: Statements, username: string): Promise<Account[]> =>
  sql.rows<Account>('SELECT User AS user, Host AS host FROM mysql.user WHERE User = ? ORDER BY Host', [
    username,
  ]);

/** Those by which the engine logs in, and which an account of MySQL may be given. */
const METHODS: readonly string[] = ['mysql_native_password', 'caching_sha2_password', 'sha256_password'];

/**
 * How a user's accounts prove their passwords, by host: what the application can do for one user of a pair, it has to
 * be able to do for the other. MariaDB's have the one method that Keyturn knows there.
 * @throws StatementFailed
 */
export async function methodsOf(
  sql: Statements,
  { product }: Server,
  username: string,
): Promise<ReadonlyMap<string, string>> {
  if (product === 'mariadb') return new Map();
  const rows = await sql.rows<{ host: string; method: string }>(
    'SELECT Host AS host, plugin AS method FROM mysql.user WHERE User = ?',
    [username],
  );
  return new Map(
    rows.filter(({ method }) => METHODS.includes(method)).map(({ host, method }) => [host, method]),
  );
}

/** @throws StatementFailed */
export async function describeUser(
  sql: Statements,
  server: Server,
  username: string,
  own: Account,
): Promise<UserInfo> {
  const accounts = await accountsOf(sql, username);
  if (accounts.length === 0) return { exists: false, protectedBecause: undefined, mark: undefined };
  const protectedBecause =
    username === own.user
      ? "is the superuser secret's own user"
      : reason(await powersOf(sql, server, username));
  const mark = keepsMarks(server) ? await readMark(sql, username) : undefined;
  return { exists: true, protectedBecause, mark };
}

/** @throws StatementFailed */
export async function missingGrants(
  sql: Statements,
  server: Server,
  usernames: readonly string[],
  own: Account,
): Promise<string[]> {
  if (usernames.every((name) => name === own.user)) return [];
  const powers = await powersOf(sql, server, own.user);
  return powers.includes('CREATE USER') ? [] : [`GRANT CREATE USER ON *.* TO ${quoteAccount(own)};`];
}

const reason = (powers: readonly string[]): string | undefined =>
  powers.length === 0 ? undefined : `holds ${powers.join(', ')}, by itself or through a role`;

/** The privileges by which a user becomes the server's administrator, on the user and on every role it may use. */
async function powersOf(sql: Statements, server: Server, username: string): Promise<string[]> {
  const held = hasRoles(server) ? (server.product === 'mariadb' ? MARIADB_HELD : MYSQL_HELD) : OWN;
  const columns = Object.entries(POWERS)
    .map(([column, name]) => `IF(MAX(u.${column} = 'Y'), '${name}', NULL)`)
    .join(', ');
  const { powers } = await sql.row<{ powers: string | null }>(
    `SELECT CONCAT_WS(',', ${columns}) AS powers
       FROM mysql.user u JOIN (${held}) h ON u.User = h.user AND u.Host = h.host`,
    [username],
  );
  const dynamic = server.product === 'mysql' && hasRoles(server) ? await dynamicOf(sql, username) : [];
  const found = (powers ?? '').split(',').filter((name) => name !== '');
  return [...new Set([...found, ...dynamic])];
}

const POWERS = {
  Super_priv: 'SUPER',
  Create_user_priv: 'CREATE USER',
  Repl_slave_priv: 'REPLICATION SLAVE',
  Shutdown_priv: 'SHUTDOWN',
  File_priv: 'FILE',
} as const;

const DYNAMIC = ['SYSTEM_USER', 'ROLE_ADMIN', 'SYSTEM_VARIABLES_ADMIN', 'CONNECTION_ADMIN'] as const;

const dynamicOf = async (sql: Statements, username: string): Promise<string[]> => {
  const rows = await sql.rows<{ power: string }>(
    `SELECT DISTINCT g.PRIV AS power FROM mysql.global_grants g
       JOIN (${MYSQL_HELD}) h ON g.USER = h.user AND g.HOST = h.host
       WHERE g.PRIV IN (${DYNAMIC.map((name) => `'${name}'`).join(', ')}) ORDER BY 1`,
    [username],
  );
  return rows.map(({ power }) => power);
};

const OWN = 'SELECT User AS user, Host AS host FROM mysql.user WHERE User = ?';

const MYSQL_HELD = `WITH RECURSIVE held AS (
  SELECT User AS user, Host AS host FROM mysql.user WHERE User = ?
  UNION SELECT e.FROM_USER, e.FROM_HOST FROM mysql.role_edges e
    JOIN held h ON e.TO_USER = h.user AND e.TO_HOST = h.host)
  SELECT * FROM held`;

/** A role of MariaDB has no host, and an empty one in its row. */
const MARIADB_HELD = `WITH RECURSIVE held AS (
  SELECT User AS user, Host AS host FROM mysql.user WHERE User = ?
  UNION SELECT m.Role, '' FROM mysql.roles_mapping m
    JOIN held h ON m.User = h.user AND m.Host = h.host)
  SELECT * FROM held`;

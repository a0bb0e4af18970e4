/** Real MySQL and MariaDB servers for tests, with the engine under test and an administrator at hand. */
import { randomBytes } from 'node:crypto';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { type MysqlOptions, type MysqlServer, mysqlServers, startMysql } from '../../local/servers/mysql.ts';
import type { ServerKind } from '../../local/servers/mysql-programs.ts';
import { mysql } from '../../shared/engines/mysql/engine.ts';
import { type Logins, loginsTo } from './login.ts';

/** A name that no earlier run has left on a server of the user's own. */
export const unique = (name: string): string => `${name}_${randomBytes(3).toString('hex')}`;

export interface MysqlTestServer extends MysqlServer, Logins {
  /** As the administrator, one statement. */
  query<Row extends object>(sql: string): Promise<Row[]>;
  /** The administrator's connection, open since the statement. */
  hold(sql: string): Promise<Connection>;
  /** Logins that do not know the server's authority. */
  readonly untrusting: Logins;
}

export async function startMysqlTestServer(
  kind: ServerKind,
  options: MysqlOptions = {},
): Promise<MysqlTestServer> {
  const { external } = await mysqlServers();
  const server = await startMysql(kind, external ? {} : options);
  // Whoever's server it is starts it with options of its own; these can be given to one that runs.
  for (const [name, value] of external ? Object.entries(options.settings ?? {}) : [])
    await query(server, `SET GLOBAL ${name.replaceAll('-', '_')} = '${value}'`);
  return {
    ...server,
    ...loginsTo(mysql({ tls: { caFile: server.caFile, serverNames: new Map() } }), server),
    query: (sql) => query(server, sql),
    hold: (sql) => hold(server, sql),
    untrusting: loginsTo(mysql({ tls: { serverNames: new Map() } }), server),
  };
}

async function connectTo({ host, port, ca, administrator }: MysqlServer): Promise<Connection> {
  const { username: user, password } = administrator;
  const connection = await createConnection({
    host,
    port,
    user,
    password,
    ssl: { ca, verifyIdentity: true },
  });
  connection.on('error', () => {});
  await connection.query('SET SESSION sql_log_off = ON');
  return connection;
}

async function hold(server: MysqlServer, sql: string): Promise<Connection> {
  const connection = await connectTo(server);
  await connection.query(sql);
  return connection;
}

async function query<Row extends object>(server: MysqlServer, sql: string): Promise<Row[]> {
  const connection = await connectTo(server);
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return (Array.isArray(rows) ? rows : []) as unknown as Row[];
  } finally {
    await connection.end();
  }
}

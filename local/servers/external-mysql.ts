/** A server of the user's own, for versions that cannot be had here. */
import { readFile } from 'node:fs/promises';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { MysqlServer } from './mysql.ts';
import type { ServerKind } from './mysql-programs.ts';

const VARIABLE = 'KEYTURN_TEST_MYSQL_URL';

let external: Promise<MysqlServer> | undefined;

/**
 * The server that KEYTURN_TEST_MYSQL_URL names, as `mysql://root:password@host:port/?ca=/path/of/ca.pem`; absent
 * when it is not set. Its administrator must be allowed everything.
 * @throws Error when it cannot be reached by verified TLS
 */
export async function externalMysql(): Promise<MysqlServer | undefined> {
  const url = process.env[VARIABLE];
  if (url === undefined) return undefined;
  external ??= connect(new URL(url));
  return external;
}

async function connect(url: URL): Promise<MysqlServer> {
  const caFile = url.searchParams.get('ca');
  if (caFile === null)
    throw new Error(`${VARIABLE} must end in ?ca= and the path of the server's authority.`);
  const ca = await readFile(caFile, 'utf8');
  const host = url.hostname;
  const port = Number(url.port || 3306);
  const administrator = {
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
  const version = await versionOf({ host, port, ca, administrator });
  const close = async () => {};
  return {
    ...version,
    host,
    port,
    ca,
    caFile,
    administrator,
    log: () => '',
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function versionOf(server: Pick<MysqlServer, 'host' | 'port' | 'ca' | 'administrator'>) {
  const connection = await createConnection({
    host: server.host,
    port: server.port,
    user: server.administrator.username,
    password: server.administrator.password,
    ssl: { ca: server.ca, verifyIdentity: true },
  });
  try {
    const [rows] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version');
    return describe(String(rows[0]?.['version']));
  } finally {
    await connection.end();
  }
}

/** E.g. `8.0.43` or `10.11.9-MariaDB-log`. */
function describe(text: string): Pick<MysqlServer, 'kind' | 'product' | 'version'> {
  const [version = '', series = ''] = /^(\d+\.\d+)\.\d+/.exec(text) ?? [];
  const product = text.includes('MariaDB') ? 'mariadb' : 'mysql';
  return { version, product, kind: `${product}-${series}` as ServerKind };
}

/** MySQL and MariaDB on stage. */
import { randomBytes } from 'node:crypto';
import { createConnection, createPool, type RowDataPacket } from 'mysql2/promise';
import { type MysqlOptions, type MysqlServer, startMysql } from '../servers/mysql.ts';
import type { MysqlProduct, ServerKind } from '../servers/mysql-programs.ts';
import type { Cast, DatabaseOnStage, Login } from './cast.ts';

const DATABASE = 'shop';
const PRODUCTS = { mysql: 'MySQL', mariadb: 'MariaDB' } as const;

export async function mysqlOnStage(kind: ServerKind, options: MysqlOptions = {}): Promise<DatabaseOnStage> {
  const server = await startMysql(kind, options);
  const administrators = createPool(settingsOf(server, server.administrator));
  // The stage's own passwords stay out of a log that is searched for those of the rotation.
  administrators.on('connection', (connection) => void connection.query('SET SESSION sql_log_off = ON'));
  const administer = async (sql: string) => {
    const [result] = await administrators.query<RowDataPacket[]>(sql);
    return Array.isArray(result) ? result : [];
  };
  await administer(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  await administer(`CREATE TABLE IF NOT EXISTS ${DATABASE}.orders (id int)`);
  return {
    engine: server.product,
    functionName: 'rotate-mysql',
    label: `${PRODUCTS[server.product]} ${server.version}`,
    host: server.host,
    port: server.port,
    caFile: server.caFile,
    casts: mysqlCasts(server.product),
    administrator: {
      host: server.host,
      port: server.port,
      user: server.administrator.username,
      password: server.administrator.password,
    },
    administer,
    work: (login) => work(server, login),
    log: server.log,
    async [Symbol.asyncDispose]() {
      await administrators.end();
      await server.close();
    },
  };
}

/** Of letters and others, whatever chance brings: a password policy asks for both. */
const newPassword = (): string => `${randomBytes(18).toString('base64url')}-a1`;

const CASTS: readonly Cast[] = [
  {
    strategy: 'single-user',
    form: null,
    name: 'own password',
    async prepare(database, tag) {
      const app = await addUser(database, `app_${tag}`);
      return { secret: { ...app, dbname: DATABASE }, superuser: undefined };
    },
  },
  {
    strategy: 'single-user',
    form: null,
    name: 'by superuser',
    async prepare(database, tag) {
      const app = await addUser(database, `svc_${tag}`);
      const superuser = await addSuperuser(database, `dba_svc_${tag}`);
      const rotation = { strategy: 'single-user', by: 'superuser' };
      return { secret: { ...app, dbname: DATABASE, rotation }, superuser };
    },
  },
  {
    strategy: 'alternating-users',
    form: null,
    name: 'pair',
    async prepare(database, tag) {
      const app = await addUser(database, `web_${tag}`);
      const superuser = await addSuperuser(database, `dba_web_${tag}`);
      // It hands out what it holds itself.
      await database.administer(
        `GRANT SELECT, INSERT ON ${DATABASE}.* TO '${superuser.username}'@'%' WITH GRANT OPTION`,
      );
      const rotation = { strategy: 'alternating-users' };
      return { secret: { ...app, dbname: DATABASE, rotation }, superuser };
    },
  },
];

const DUAL_PASSWORD: Cast = {
  strategy: 'dual-password',
  form: null,
  name: 'dual password',
  async prepare(database, tag) {
    const app = await addUser(database, `dual_${tag}`);
    // Without it a user may not keep its old password beside the new one.
    // https://dev.mysql.com/doc/refman/8.4/en/password-management.html#dual-passwords
    await database.administer(`GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO '${app.username}'@'%'`);
    const rotation = { strategy: 'dual-password' };
    return { secret: { ...app, dbname: DATABASE, rotation }, superuser: undefined };
  },
};

export const mysqlCasts = (product: MysqlProduct): readonly Cast[] =>
  product === 'mysql' ? [...CASTS, DUAL_PASSWORD] : CASTS;

async function addUser(database: DatabaseOnStage, username: string): Promise<Login> {
  const password = newPassword();
  await database.administer(`CREATE USER '${username}'@'%' IDENTIFIED BY '${password}'`);
  await database.administer(`GRANT SELECT, INSERT ON ${DATABASE}.* TO '${username}'@'%'`);
  return { username, password };
}

/** Like the master user of RDS: no SUPER; it reads the system's tables. */
async function addSuperuser(database: DatabaseOnStage, username: string): Promise<Login> {
  const password = newPassword();
  const account = `'${username}'@'%'`;
  await database.administer(`CREATE USER ${account} IDENTIFIED BY '${password}'`);
  await database.administer(`GRANT CREATE USER ON *.* TO ${account}`);
  await database.administer(`GRANT SELECT ON mysql.* TO ${account}`);
  return { username, password };
}

async function work(server: MysqlServer, login: Login): Promise<'accepted' | 'rejected'> {
  try {
    const connection = await createConnection(settingsOf(server, login));
    connection.on('error', () => {});
    await connection.query(`SELECT count(*) FROM ${DATABASE}.orders`).finally(() => connection.end());
    return 'accepted';
  } catch (error) {
    if (errorNumber(error) === ER_ACCESS_DENIED_ERROR) return 'rejected';
    throw error;
  }
}

const ER_ACCESS_DENIED_ERROR = 1045;
const errorNumber = (error: unknown): unknown =>
  error instanceof Error && 'errno' in error ? error.errno : undefined;

const settingsOf = ({ host, port, ca }: MysqlServer, { username, password }: Login) => ({
  ...{ host, port, user: username, password },
  ssl: { ca, verifyIdentity: true },
});

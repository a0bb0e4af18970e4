/** PostgreSQL on stage. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import {
  type PostgresMajor,
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from '../servers/postgres.ts';
import type { Cast, DatabaseOnStage, Login } from './cast.ts';

const DATABASE = 'shop';

export async function postgresOnStage(
  major: PostgresMajor,
  options: Omit<PostgresOptions, 'major'> = {},
): Promise<DatabaseOnStage> {
  const server = await startPostgres({ major, ...options });
  await query(server, server.superuser, `CREATE DATABASE ${DATABASE}`, { database: 'postgres' });
  const administrators = new pg.Pool({ ...settingsOf(server, server.superuser), ...UNLOGGED });
  administrators.on('error', () => {});
  const administer = async (sql: string) =>
    (await administrators.query<Record<string, unknown>>(sql)).rows ?? [];
  await administer('CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)');
  return {
    engine: 'postgres',
    functionName: 'rotate-postgres',
    label: `PostgreSQL ${server.version}`,
    host: server.host,
    port: server.port,
    caFile: server.caFile,
    casts: POSTGRES_CASTS,
    administrator: {
      host: server.host,
      port: server.port,
      user: server.superuser.username,
      password: server.superuser.password,
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

/** Since 16 an administrator that is no superuser, as on RDS, needs ADMIN OPTION on the roles it manages. */
const adminOption = (role: string, superuser: string) =>
  `DO $$ BEGIN IF current_setting('server_version_num')::int >= 160000 THEN
     GRANT ${role} TO ${superuser} WITH ADMIN OPTION; END IF; END $$`;

/** Of letters and others, whatever chance brings: a password policy asks for both. */
const newPassword = (): string => `${randomBytes(18).toString('base64url')}-a1`;

export const POSTGRES_CASTS: readonly Cast[] = [
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
      const superuser = await addSuperuser(database, `dba_svc_${tag}`, app.username);
      const rotation = { strategy: 'single-user', by: 'superuser' };
      return { secret: { ...app, dbname: DATABASE, rotation }, superuser };
    },
  },
  {
    strategy: 'alternating-users',
    form: 'base-and-clone',
    name: 'base and clone',
    async prepare(database, tag) {
      const app = await addUser(database, `web_${tag}`);
      await database.administer(`ALTER ROLE ${app.username} SET search_path = public, pg_catalog`);
      const superuser = await addSuperuser(database, `dba_web_${tag}`, app.username);
      const rotation = { strategy: 'alternating-users' };
      return { secret: { ...app, dbname: DATABASE, rotation }, superuser };
    },
  },
  {
    strategy: 'alternating-users',
    form: 'owner-role',
    name: 'owner role',
    async prepare(database, tag) {
      const owner = `own_${tag}`;
      await database.administer(`CREATE ROLE ${owner} NOLOGIN; GRANT SELECT, INSERT ON orders TO ${owner}`);
      const app = { username: `red_${tag}`, password: newPassword() };
      await database.administer(
        `CREATE ROLE ${app.username} LOGIN PASSWORD '${app.password}' IN ROLE ${owner}; ALTER ROLE ${app.username} SET role = '${owner}'`,
      );
      const superuser = await addSuperuser(database, `dba_red_${tag}`, owner, app.username);
      const users = [app.username, `blue_${tag}`];
      const rotation = { strategy: 'alternating-users', users, ownerRole: owner };
      return { secret: { ...app, dbname: DATABASE, rotation }, superuser };
    },
  },
];

async function addUser(database: DatabaseOnStage, username: string): Promise<Login> {
  const password = newPassword();
  await database.administer(
    `CREATE ROLE ${username} LOGIN PASSWORD '${password}'; GRANT SELECT, INSERT ON orders TO ${username}`,
  );
  return { username, password };
}

/** Like the master user of RDS: CREATEROLE, but no superuser. */
async function addSuperuser(
  database: DatabaseOnStage,
  username: string,
  ...roles: readonly string[]
): Promise<Login> {
  const password = newPassword();
  await database.administer(`CREATE ROLE ${username} LOGIN CREATEROLE PASSWORD '${password}'`);
  for (const role of roles) await database.administer(adminOption(role, username));
  return { username, password };
}

async function work(server: PostgresServer, login: Login): Promise<'accepted' | 'rejected'> {
  try {
    await query(server, login, 'SELECT count(*) FROM orders');
    return 'accepted';
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '28P01') return 'rejected';
    throw error;
  }
}

/** The stage's own passwords stay out of a log that is searched for those of the rotation. */
const UNLOGGED = {
  options: '-c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1',
};

async function query(server: PostgresServer, login: Login, sql: string, settings: pg.ClientConfig = {}) {
  const client = new pg.Client({ ...settingsOf(server, login), ...settings });
  client.on('error', () => {});
  try {
    await client.connect();
    const result = await client.query<Record<string, unknown>>(sql);
    return result.rows ?? [];
  } finally {
    await client.end();
  }
}

const settingsOf = ({ host, port, ca }: PostgresServer, { username, password }: Login): pg.ClientConfig => ({
  ...{ host, port, user: username, password, database: DATABASE },
  ssl: { ca },
  application_name: 'shop',
});

/** Redshift on stage: a gateway of our own over PostgreSQL, for no server but AWS's speaks it. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { runOnce, ServerError } from '../redshift/client.ts';
import { stored } from '../redshift/credentials.ts';
import { type RedshiftServer, startRedshift } from '../redshift/gateway.ts';
import type { Cast, DatabaseOnStage, Login } from './cast.ts';

const DATABASE = 'dev';

/** @param server goes with the stage */
export async function redshiftOnStage(server?: RedshiftServer): Promise<DatabaseOnStage> {
  return onStage(server ?? (await startRedshift()));
}

async function onStage(server: RedshiftServer): Promise<DatabaseOnStage> {
  const { host, port, ca, superuser } = server;
  const administrators = new pg.Pool({
    ...{ host, port, user: superuser.username, password: superuser.password, database: DATABASE },
    ssl: { ca },
  });
  administrators.on('error', () => {});
  const administer = async (sql: string) =>
    (await administrators.query<Record<string, unknown>>(sql)).rows ?? [];
  await administer('CREATE TABLE public.orders (id int)');
  await administer('CREATE GROUP shoppers');
  await administer('GRANT SELECT, INSERT ON TABLE public.orders TO GROUP shoppers');
  return {
    engine: 'redshift',
    functionName: 'rotate-redshift',
    label: `Redshift gateway over PostgreSQL ${server.version}`,
    host,
    port,
    caFile: server.caFile,
    casts: REDSHIFT_CASTS,
    administrator: {
      host,
      port,
      user: superuser.username,
      password: superuser.password,
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

/** How the server keeps a password decides how it is proved. */
type Method = 'md5' | 'SHA-256';

const own = (method: Method): Cast => ({
  strategy: 'single-user',
  form: null,
  name: `own password, ${method}`,
  async prepare(database, tag) {
    return {
      secret: { ...(await addUser(database, `app_${tag}`, method)), dbname: DATABASE },
      superuser: undefined,
    };
  },
});

const bySuperuser: Cast = {
  strategy: 'single-user',
  form: null,
  name: 'by superuser',
  async prepare(database, tag) {
    const app = await addUser(database, `svc_${tag}`, 'SHA-256');
    const superuser = await addSuperuser(database, `dba_svc_${tag}`);
    const rotation = { strategy: 'single-user', by: 'superuser', password: { validDays: 30 } };
    return { secret: { ...app, dbname: DATABASE, rotation }, superuser };
  },
};

const pair = (method: Method): Cast => ({
  strategy: 'alternating-users',
  form: null,
  name: `pair, ${method}`,
  async prepare(database, tag) {
    const app = await addUser(database, `web_${tag}`, method);
    await database.administer(`GRANT USAGE ON SCHEMA public TO ${app.username}`);
    const superuser = await addSuperuser(database, `dba_web_${tag}`);
    const rotation = { strategy: 'alternating-users' };
    return { secret: { ...app, dbname: DATABASE, rotation }, superuser };
  },
});

export const REDSHIFT_CASTS: readonly Cast[] = [
  own('md5'),
  own('SHA-256'),
  bySuperuser,
  pair('md5'),
  pair('SHA-256'),
];

/** Of letters and others, whatever chance brings: Redshift asks for both cases and a digit. */
const newPassword = (): string => `${randomBytes(18).toString('base64url')}-aA1`;

async function addUser(database: DatabaseOnStage, username: string, method: Method): Promise<Login> {
  const password = newPassword();
  await database.administer(`CREATE USER ${username} PASSWORD '${hashed({ username, password }, method)}'`);
  await database.administer(`ALTER GROUP shoppers ADD USER ${username}`);
  return { username, password };
}

/** Only a superuser may make groups, by which a standby is marked. */
async function addSuperuser(database: DatabaseOnStage, username: string): Promise<Login> {
  const password = newPassword();
  const hash = hashed({ username, password }, 'SHA-256');
  await database.administer(`CREATE USER ${username} PASSWORD '${hash}' CREATEUSER`);
  return { username, password };
}

/** The stage's own passwords stay out of a log that is searched for those of the rotation. */
const hashed = ({ username, password }: Login, method: Method): string =>
  stored(username, method === 'md5' ? password : `sha256|${password}`);

async function work(server: RedshiftServer, { username, password }: Login): Promise<'accepted' | 'rejected'> {
  const { host, port, ca } = server;
  const client = { host, port, ca, user: username, password, database: DATABASE };
  try {
    await runOnce(client, 'SELECT count(*) FROM orders');
    return 'accepted';
  } catch (error) {
    if (error instanceof ServerError && error.sqlState === '28000') return 'rejected';
    throw error;
  }
}

/**
 * A gateway of our own that speaks Redshift's protocol in front of a real PostgreSQL, because no server but AWS's own
 * speaks it. README.md says what it proves and what not.
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import tls from 'node:tls';
import pg from 'pg';
import { createAuthority, createServerCertificate } from '../certificates.ts';
import { type PostgresServer, postgresMajors, startPostgres } from '../servers/postgres.ts';
import { stored } from './credentials.ts';
import { type KnownUser, serve } from './session.ts';
import { CREDENTIAL, SYSTEM_VIEWS, VALID_UNTIL } from './views.ts';

export interface RedshiftServer extends AsyncDisposable {
  /** Of the PostgreSQL behind it, e.g. `18.4`. */
  readonly version: string;
  readonly port: number;
  readonly host: '127.0.0.1';
  /** The authority that signed the gateway's certificate, PEM. */
  readonly ca: string;
  /** The same, as a file that goes with the server. */
  readonly caFile: string;
  /** Of Redshift. */
  readonly superuser: { readonly username: string; readonly password: string };
  /** Asks PostgreSQL itself, past the gateway: for what Redshift has no statement for here. */
  postgres(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** The same in a transaction that stays open. @returns what rolls it back */
  hold(sql: string): Promise<() => Promise<void>>;
  /** All statements as clients sent them, and PostgreSQL's own log. */
  log(): string;
  close(): Promise<void>;
}

/** The database that a new cluster comes with. */
const DATABASE = 'dev';

/** @returns why it cannot run here; `undefined` when it can */
export function redshiftMissing(): string | undefined {
  return newestPostgres() === undefined ? 'its gateway needs PostgreSQL 18 or 16, from npm' : undefined;
}

/** Setting a parameter can be granted from PostgreSQL 15 on. */
const newestPostgres = () => postgresMajors().installed.findLast((major) => major >= 15);

/** @throws Error when there is no PostgreSQL here, or it does not start */
export async function startRedshift(): Promise<RedshiftServer> {
  const major = newestPostgres();
  if (major === undefined) throw new Error(redshiftMissing());
  // The gateway's own connections only: nobody else knows the password.
  const hba = ['host all postgres 127.0.0.1/32 password'];
  const postgres = await startPostgres({ major, hba, settings: { log_statement: 'none' } });
  try {
    return await startBefore(postgres);
  } catch (error) {
    await postgres.close();
    throw error;
  }
}

async function startBefore(postgres: PostgresServer): Promise<RedshiftServer> {
  const superuser = { username: 'awsuser', password: `Start-${crypto.randomUUID()}` };
  await prepare(postgres);
  const administrator = await clientOf(postgres, DATABASE);
  await administrator.query(`CREATE USER ${superuser.username} SUPERUSER`);
  await administrator.query(
    `ALTER USER ${superuser.username} SET ${CREDENTIAL} = '${stored(superuser.username, superuser.password)}'`,
  );
  const lines: string[] = [];
  const authority = await createAuthority();
  const secureContext = tls.createSecureContext(await createServerCertificate(authority));
  const gateway = await listen((socket) =>
    serve(socket, {
      backend: { port: postgres.port, ...postgres.superuser },
      secureContext,
      find: async (username) => found((await administrator.query(FIND, [username])).rows),
      log: (line) => lines.push(line),
    }),
  );
  const close = async () => {
    await gateway.close();
    await administrator.end();
    await postgres.close();
  };
  const caFile = join(dirname(postgres.caFile), 'gateway-ca.pem');
  await writeFile(caFile, authority.cert);
  return {
    version: postgres.version,
    port: gateway.port,
    host: '127.0.0.1',
    ca: authority.cert,
    caFile,
    superuser,
    postgres: (sql) => ask(postgres, sql),
    hold: (sql) => hold(postgres, sql),
    log: () => [...lines, postgres.log()].join('\n'),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Each new database is made after template1. */
async function prepare(postgres: PostgresServer): Promise<void> {
  const template = await clientOf(postgres, 'template1');
  for (const statement of SYSTEM_VIEWS) await template.query(statement);
  await template.query(`GRANT SET ON PARAMETER ${CREDENTIAL}, ${VALID_UNTIL} TO PUBLIC`);
  await template.end();
  const first = await clientOf(postgres, 'postgres');
  await first.query(`CREATE DATABASE ${DATABASE}`);
  // https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html: all may create in the schema public.
  await first.end();
  const dev = await clientOf(postgres, DATABASE);
  await dev.query('GRANT CREATE ON SCHEMA public TO PUBLIC');
  await dev.end();
}

async function clientOf({ host, port, superuser }: PostgresServer, database: string): Promise<pg.Client> {
  const { username: user, password } = superuser;
  const client = new pg.Client({ host, port, database, user, password, ssl: false });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function ask(postgres: PostgresServer, sql: string) {
  const client = await clientOf(postgres, DATABASE);
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function hold(postgres: PostgresServer, sql: string): Promise<() => Promise<void>> {
  const client = await clientOf(postgres, DATABASE);
  await client.query('BEGIN');
  await client.query(sql);
  return () => client.end();
}

const FIND = `
  SELECT rolsuper AS superuser,
    (SELECT array_agg(line) FROM pg_db_role_setting s, unnest(s.setconfig) line WHERE s.setrole = r.oid) AS settings
  FROM pg_roles r WHERE rolcanlogin AND rolname = $1 AND rolname <> 'postgres'`;

function found([row]: readonly Readonly<Record<string, unknown>>[]): KnownUser | undefined {
  if (row === undefined) return undefined;
  const settings = Array.isArray(row['settings']) ? row['settings'].map(String) : [];
  const setting = (name: string) =>
    settings.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  const until = setting(VALID_UNTIL);
  return {
    superuser: row['superuser'] === true,
    credential: setting(CREDENTIAL),
    validUntil:
      until === undefined || until === 'infinity' ? undefined : new Date(`${until.replace(' ', 'T')}Z`),
  };
}

async function listen(use: (socket: Socket) => Promise<void>) {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    use(socket).catch(() => socket.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close(): Promise<void> {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

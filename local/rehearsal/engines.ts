/** The engines that a suite loops over, each with how its tests make, change and block users. */

import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { startRedshift } from '../redshift/gateway.ts';
import type { DatabaseOnStage, Login } from './cast.ts';
import { redshiftOnStage } from './redshift.ts';
import { type EngineOnStage, type MissingServer, stagedServers } from './servers.ts';

/** One server, and its engine's ways. Users hold SELECT and INSERT on the table of orders. */
export interface EngineUnderTest extends AsyncDisposable {
  readonly database: DatabaseOnStage;
  create(login: Login): Promise<void>;
  /** Lets a superuser act on a user, where that is not the superuser's right already. */
  entrust(username: string, superuser: string): Promise<void>;
  /** Lets a superuser do whatever there is. */
  empower(superuser: string): Promise<void>;
  setPassword(login: Login): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  drop(username: string): Promise<void>;
  /** A right that no superuser of these tests can hand on. @returns as it is named where it is missing */
  grantOutOfReach(username: string): Promise<RegExp>;
  /** A right of a standby alone, which this superuser can take. */
  grantSurplus(username: string, superuser: string): Promise<void>;
  /** Somebody else's change that keeps others from changing this user. @returns what ends it */
  block(username: string): Promise<() => Promise<void>>;
  /** How many of Keyturn's statements wait for somebody else. */
  waiting(): Promise<number>;
  /** How many connections of Keyturn's there are. */
  connected(): Promise<number>;
  /** Logins refused so far, as the server counts them; absent where it does not. */
  readonly failedLogins: (() => Promise<number>) | undefined;
}

export interface EngineToTest {
  readonly engine: EngineOnStage;
  /** E.g. `postgres-18`. */
  readonly name: string;
  /** Names of casts. */
  readonly own: string;
  readonly pair: string;
  /** @param talkative the server logs every statement */
  start(options?: { readonly talkative: boolean }): Promise<EngineUnderTest>;
}

/** Says of each engine that cannot be had here why, and loops over the others. */
export async function enginesToTest(): Promise<{
  readonly engines: readonly EngineToTest[];
  readonly missing: readonly MissingServer[];
}> {
  const { servers, missing } = await stagedServers();
  const engines = servers.map(({ engine, name, start }): EngineToTest => {
    const casts = CASTS[engine];
    if (engine === 'redshift') return { engine, name, ...casts, start: startGateway };
    if (engine === 'postgres')
      return { engine, name, ...casts, start: async (options) => postgresWays(await start(options)) };
    return { engine, name, ...casts, start: async (options) => mysqlWays(await start(options)) };
  });
  return { engines, missing };
}

const CASTS = {
  postgres: { own: 'own password', pair: 'base and clone' },
  mysql: { own: 'own password', pair: 'pair' },
  mariadb: { own: 'own password', pair: 'pair' },
  redshift: { own: 'own password, SHA-256', pair: 'pair, SHA-256' },
} as const;

const KEYTURN = "application_name = 'keyturn'";

async function counted(rows: Promise<readonly Readonly<Record<string, unknown>>[]>): Promise<number> {
  return Number((await rows)[0]?.['n']);
}

function postgresWays(database: DatabaseOnStage): EngineUnderTest {
  const run = async (sql: string) => void (await database.administer(sql));
  return {
    database,
    create: ({ username, password }) =>
      run(
        `CREATE ROLE ${username} LOGIN PASSWORD '${password}'; GRANT SELECT, INSERT ON orders TO ${username}`,
      ),
    entrust: (username, superuser) =>
      run(`DO $$ BEGIN IF current_setting('server_version_num')::int >= 160000 THEN
        GRANT ${username} TO ${superuser} WITH ADMIN OPTION; END IF; END $$`),
    empower: (superuser) => run(`ALTER ROLE ${superuser} SUPERUSER`),
    setPassword: ({ username, password }) => run(`ALTER ROLE ${username} PASSWORD '${password}'`),
    rename: (from, to) => run(`ALTER ROLE ${from} RENAME TO ${to}`),
    drop: (username) => run(`DROP OWNED BY ${username}; DROP ROLE ${username}`),
    async grantOutOfReach(username) {
      // Of a clone: what the base has, the clone has by its membership.
      await run(`GRANT DELETE ON orders TO ${username}`);
      return /GRANT DELETE ON TABLE public\.orders TO/;
    },
    async grantSurplus(username, superuser) {
      const role = `team_of_${username}`;
      await run(`CREATE ROLE ${role}; GRANT ${role} TO ${superuser} WITH ADMIN OPTION`);
      await run(`GRANT ${role} TO ${username} GRANTED BY ${superuser}`);
    },
    block: (username) => blockPostgres(database, username),
    waiting: () =>
      counted(
        database.administer(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE ${KEYTURN} AND wait_event_type = 'Lock'`,
        ),
      ),
    connected: () =>
      counted(database.administer(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE ${KEYTURN}`)),
    failedLogins: async () => database.log().split('authentication failed').length,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

async function blockPostgres(database: DatabaseOnStage, username: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ ...database.administrator, database: 'shop' });
  await client.connect();
  await client.query('BEGIN');
  await client.query(`ALTER ROLE ${username} VALID UNTIL 'infinity'`);
  return () => client.end();
}

function mysqlWays(database: DatabaseOnStage): EngineUnderTest {
  const run = async (sql: string) => void (await database.administer(sql));
  const others = `FROM information_schema.processlist
    WHERE user NOT IN ('${database.administrator.user}', 'system user', 'event_scheduler')`;
  return {
    database,
    async create({ username, password }) {
      await run(`CREATE USER '${username}'@'%' IDENTIFIED BY '${password}'`);
      await run(`GRANT SELECT, INSERT ON shop.* TO '${username}'@'%'`);
    },
    entrust: async () => {},
    empower: (superuser) => run(`GRANT ALL ON *.* TO '${superuser}'@'%' WITH GRANT OPTION`),
    setPassword: ({ username, password }) => run(`ALTER USER '${username}'@'%' IDENTIFIED BY '${password}'`),
    rename: (from, to) => run(`RENAME USER '${from}'@'%' TO '${to}'@'%'`),
    drop: (username) => run(`DROP USER '${username}'@'%'`),
    async grantOutOfReach(username) {
      await run(`GRANT DELETE ON shop.* TO '${username}'@'%'`);
      return /GRANT DELETE ON `shop`\.\* TO/;
    },
    grantSurplus: (username) => run(`GRANT SELECT ON shop.orders TO '${username}'@'%'`),
    async block() {
      const { host, port, user, password } = database.administrator;
      const connection = await createConnection({ host, port, user, password });
      await connection.query('LOCK TABLES mysql.user READ');
      return () => connection.end();
    },
    waiting: () => counted(database.administer(`SELECT count(*) AS n ${others} AND state LIKE 'Waiting%'`)),
    connected: () => counted(database.administer(`SELECT count(*) AS n ${others}`)),
    async failedLogins() {
      const [row] = await database.administer("SHOW GLOBAL STATUS LIKE 'Aborted_connects'");
      return Number(row?.['Value']);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

async function startGateway(): Promise<EngineUnderTest> {
  const server = await startRedshift();
  const database = await redshiftOnStage(server);
  const run = async (sql: string) => void (await database.administer(sql));
  return {
    database,
    async create({ username, password }) {
      await run(`CREATE USER ${username} PASSWORD '${password}'`);
      await run(`ALTER GROUP shoppers ADD USER ${username}`);
    },
    entrust: async () => {},
    empower: async () => {},
    setPassword: ({ username, password }) => run(`ALTER USER ${username} PASSWORD '${password}'`),
    rename: async (from, to) => void (await server.postgres(`ALTER ROLE ${from} RENAME TO ${to}`)),
    async drop(username) {
      await server.postgres(`DROP OWNED BY ${username}`);
      await run(`DROP USER ${username}`);
    },
    async grantOutOfReach(username) {
      // Privileges on columns are compared, and not carried over.
      await run(`GRANT SELECT (id) ON TABLE public.orders TO ${username}`);
      return /GRANT SELECT \("id"\) ON TABLE "public"\."orders" TO/;
    },
    grantSurplus: (username) => run(`GRANT DELETE ON TABLE public.orders TO ${username}`),
    block: (username) => server.hold(`ALTER ROLE ${username} SET redshift.credential = 'of somebody else'`),
    waiting: () =>
      counted(
        server.postgres(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE ${KEYTURN} AND wait_event_type = 'Lock'`,
        ),
      ),
    connected: () =>
      counted(server.postgres(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE ${KEYTURN}`)),
    failedLogins: undefined,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

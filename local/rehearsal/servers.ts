/** The database servers that can be had here, each ready to be put on stage. */
import { redshiftMissing } from '../redshift/gateway.ts';
import { mysqlServers } from '../servers/mysql.ts';
import { postgresMajors } from '../servers/postgres.ts';
import type { Cast, DatabaseOnStage } from './cast.ts';
import { mysqlCasts, mysqlOnStage } from './mysql.ts';
import { POSTGRES_CASTS, postgresOnStage } from './postgres.ts';
import { REDSHIFT_CASTS, redshiftOnStage } from './redshift.ts';

export const ENGINES = ['postgres', 'mysql', 'mariadb', 'redshift'] as const;
export type EngineOnStage = (typeof ENGINES)[number];

export interface StagedServer {
  readonly engine: EngineOnStage;
  /** E.g. `postgres-18`, `mysql-9.7`. */
  readonly name: string;
  readonly casts: readonly Cast[];
  /** @param talkative the server logs every statement */
  start(options?: { readonly talkative: boolean }): Promise<DatabaseOnStage>;
}

export interface MissingServer {
  readonly what: string;
  readonly reason: string;
}

/** Those of `engines`, from the oldest to the newest of each; for MySQL and MariaDB they may be fetched first. */
export async function stagedServers(
  engines: readonly EngineOnStage[] = ENGINES,
): Promise<{ readonly servers: readonly StagedServer[]; readonly missing: readonly MissingServer[] }> {
  const postgres = engines.includes('postgres') ? postgresServers() : NONE;
  const wantsOthers = engines.includes('mysql') || engines.includes('mariadb');
  const others = wantsOthers ? await mysqlAndMariadb(engines) : NONE;
  const redshift = engines.includes('redshift') ? redshiftServers() : NONE;
  return {
    servers: [...postgres.servers, ...others.servers, ...redshift.servers],
    missing: [...postgres.missing, ...others.missing, ...redshift.missing],
  };
}

/** One for each engine. */
export const newestOf = (servers: readonly StagedServer[]): StagedServer[] =>
  ENGINES.flatMap((wanted) => servers.findLast(({ engine }) => engine === wanted) ?? []);

const NONE = { servers: [], missing: [] };

function postgresServers() {
  const { installed, missing } = postgresMajors();
  return {
    servers: installed.map(
      (major): StagedServer => ({
        engine: 'postgres',
        name: `postgres-${major}`,
        casts: POSTGRES_CASTS,
        start: ({ talkative } = QUIET) =>
          postgresOnStage(major, talkative ? { settings: { log_statement: 'all' } } : {}),
      }),
    ),
    missing: missing.map(({ major, reason }) => ({ what: `postgres-${major}`, reason })),
  };
}

function redshiftServers() {
  const reason = redshiftMissing();
  if (reason !== undefined) return { servers: [], missing: [{ what: 'redshift-gateway', reason }] };
  const server: StagedServer = {
    engine: 'redshift',
    name: 'redshift-gateway',
    casts: REDSHIFT_CASTS,
    start: () => redshiftOnStage(),
  };
  return { servers: [server], missing: [] };
}

async function mysqlAndMariadb(engines: readonly EngineOnStage[]) {
  const { installed, missing, external } = await mysqlServers();
  const wanted = (kind: string) => engines.some((engine) => kind.startsWith(`${engine}-`));
  return {
    servers: installed.filter(wanted).map((kind): StagedServer => {
      const engine = kind.startsWith('mysql-') ? 'mysql' : 'mariadb';
      return {
        engine,
        name: kind,
        casts: mysqlCasts(engine),
        start: ({ talkative } = QUIET) =>
          mysqlOnStage(kind, talkative && !external ? { generalLog: true } : {}),
      };
    }),
    missing: missing.filter(({ kind }) => wanted(kind)).map(({ kind, reason }) => ({ what: kind, reason })),
  };
}

const QUIET = { talkative: false };

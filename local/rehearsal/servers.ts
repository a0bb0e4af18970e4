/** The database servers that can be had here, each ready to be put on stage. */
import { mysqlServers } from '../servers/mysql.ts';
import { postgresMajors } from '../servers/postgres.ts';
import type { Cast, DatabaseOnStage } from './cast.ts';
import { mysqlCasts, mysqlOnStage } from './mysql.ts';
import { POSTGRES_CASTS, postgresOnStage } from './postgres.ts';

export const ENGINES = ['postgres', 'mysql', 'mariadb'] as const;
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
  const others = engines.some((engine) => engine !== 'postgres') ? await mysqlAndMariadb(engines) : NONE;
  return {
    servers: [...postgres.servers, ...others.servers],
    missing: [...postgres.missing, ...others.missing],
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

/** All measurements, in the order in which they are made. */
import { availableParallelism } from 'node:os';
import type { Cast, DatabaseOnStage } from '../local/rehearsal/cast.ts';
import { mysqlOnStage } from '../local/rehearsal/mysql.ts';
import { postgresOnStage } from '../local/rehearsal/postgres.ts';
import { redshiftOnStage } from '../local/rehearsal/redshift.ts';
import type { EngineOnStage } from '../local/rehearsal/servers.ts';
import { mysqlServers } from '../local/servers/mysql.ts';
import { postgresMajors } from '../local/servers/postgres.ts';
import { auditReport } from './audit/report.ts';
import { type ColdRotation, rotateCold } from './cold-rotation.ts';
import { awsTemplate, type Contender, countingKeyturn, keyturn } from './contender.ts';
import { compared, type Figure, median, type Pair, SIZE_AIMS, sizeFigures } from './figures.ts';
import { measureSizes } from './sizes.ts';

export interface Report {
  readonly machine: {
    readonly node: string;
    readonly platform: string;
    readonly arch: string;
    readonly processors: number;
  };
  readonly server: string;
  readonly runs: number;
  readonly template:
    | { readonly supplied: false; readonly reason: string }
    /** `failed` rotations of `runs`, and the first one's reason in a word. */
    | {
        readonly supplied: true;
        readonly platform: string;
        readonly failed: number;
        readonly reason: string;
      };
  /** Single user with its own password, the only case that both know. */
  readonly figures: readonly Figure[];
  readonly strategies: readonly StrategyRow[];
  readonly sizes: readonly Figure[];
  /** Measured beside PostgreSQL's function only: it is the same for all. */
  readonly audit: readonly Figure[];
}

/** Medians of Keyturn's. */
export interface StrategyRow {
  readonly strategy: Cast['strategy'];
  readonly name: string;
  readonly runs: number;
  readonly totalMs: number | undefined;
  readonly peakMemoryMB: number | undefined;
  readonly apiCalls: number | undefined;
  readonly logins: number | undefined;
  readonly failedLogins: number | undefined;
}

/** @throws Error when no server is installed, or one of Keyturn's own rotations fails */
export async function measure(engine: EngineOnStage, runs: number, env: NodeJS.ProcessEnv): Promise<Report> {
  await using database = await STARTS[engine]();
  const sizes = await measureSizes(database.functionName);
  const bench = new Bench(database);
  const rival = engine === 'postgres' ? await awsTemplate(env) : { missing: 'it is run for PostgreSQL only' };
  const pairs = await bench.pairs(runs, 'missing' in rival ? undefined : rival);
  return {
    machine: machine(),
    server: database.label,
    runs,
    template:
      'missing' in rival
        ? { supplied: false, reason: rival.missing }
        : { supplied: true, platform: rival.platform, ...failures(pairs) },
    figures: compared(pairs),
    strategies: await bench.strategies(Math.ceil(runs / 3)),
    sizes: sizeFigures(sizes, await bench.loaded(), SIZE_AIMS[engine]),
    audit: engine === 'postgres' ? await auditReport() : [],
  };
}

/** The newest server of each, with a log in which connections can be counted. */
const STARTS: Readonly<Record<EngineOnStage, () => Promise<DatabaseOnStage>>> = {
  postgres: () =>
    postgresOnStage(newest('PostgreSQL', postgresMajors().installed), {
      settings: { log_connections: 'on' },
    }),
  mysql: () => mysqlOfKind('mysql-'),
  mariadb: () => mysqlOfKind('mariadb-'),
  redshift: () => redshiftOnStage(),
};

async function mysqlOfKind(prefix: string): Promise<DatabaseOnStage> {
  const { installed, external } = await mysqlServers();
  const kinds = installed.filter((kind) => kind.startsWith(prefix));
  return mysqlOnStage(newest(prefix.slice(0, -1), kinds), external ? {} : { generalLog: true });
}

function newest<T>(what: string, servers: readonly T[]): T {
  const server = servers.at(-1);
  if (server === undefined) throw new Error(`No server of ${what} can be had for this platform.`);
  return server;
}

class Bench {
  readonly #database: DatabaseOnStage;
  #rotations = 0;

  constructor(database: DatabaseOnStage) {
    this.#database = database;
  }

  /** Keyturn and the template take turns, after a first turn that fills the caches and does not count. */
  async pairs(runs: number, template: Contender | undefined): Promise<Pair[]> {
    const pairs: Pair[] = [];
    const turn = async () => ({
      keyturn: await this.#keyturn(keyturn, this.#ownPassword),
      template: template && (await this.#rotate(template, this.#ownPassword)),
    });
    await turn();
    while (pairs.length < runs) pairs.push(await turn());
    return pairs;
  }

  async strategies(runs: number): Promise<StrategyRow[]> {
    const rows: StrategyRow[] = [];
    for (const cast of this.#database.casts) {
      const rotations: ColdRotation[] = [];
      while (rotations.length < runs) rotations.push(await this.#keyturn(keyturn, cast));
      rows.push(strategyRow(cast, rotations));
    }
    return rows;
  }

  loaded(): Promise<Pick<ColdRotation, 'loadedBytes' | 'loadedInAll'>> {
    return this.#keyturn(countingKeyturn, this.#ownPassword);
  }

  get #ownPassword(): Cast {
    const cast = this.#database.casts.find(({ name }) => name.startsWith('own password'));
    if (cast === undefined) throw new Error('There is no cast with its own password.');
    return cast;
  }

  async #keyturn(contender: Contender, cast: Cast): Promise<ColdRotation> {
    const rotation = await this.#rotate(contender, cast);
    if (rotation.error === undefined) return rotation;
    throw new Error(`Keyturn's rotation (${cast.name}) failed: ${rotation.error}`);
  }

  #rotate(contender: Contender, cast: Cast): Promise<ColdRotation> {
    this.#rotations += 1;
    return rotateCold(contender, this.#database, cast, `bench${this.#rotations}`);
  }
}

function strategyRow({ strategy, name }: Cast, rotations: readonly ColdRotation[]): StrategyRow {
  const of = (value: (rotation: ColdRotation) => number | undefined) => median(rotations.map(value));
  return {
    strategy,
    name,
    runs: rotations.length,
    totalMs: of((rotation) => rotation.totalMs),
    peakMemoryMB: of(({ peakMemory }) => peakMemory && peakMemory / 2 ** 20),
    apiCalls: of((rotation) => rotation.apiCalls),
    logins: of((rotation) => rotation.logins),
    failedLogins: of((rotation) => rotation.failedLogins),
  };
}

function failures(pairs: readonly Pair[]): { failed: number; reason: string } {
  const errors = pairs.flatMap(({ template }) => template?.error ?? []);
  return { failed: errors.length, reason: errors[0] ?? '' };
}

const machine = (): Report['machine'] => ({
  node: process.version,
  platform: process.platform,
  arch: process.arch,
  processors: availableParallelism(),
});

/**
 * Kills the bundled function before each round trip it makes, and after the last one, on a real server, and looks what
 * is left. After the other round trips is before the next: what was done is done, and nothing follows. One stage serves
 * all crash points of a cast; each point has users and a secret of its own.
 *
 * An environment costs more to start than a rotation does to run, so one dies at several crash points: each invocation
 * hangs where it is to crash, since nothing answers it any more, until the kill ends them all. Others then recover.
 */

import { randomUUID } from 'node:crypto';
import { type Fate, startTap } from '../../local/fault-tap.ts';
import { type CrashPoint, FaultPlan } from '../../local/faults.ts';
import type { Environment } from '../../local/lambda/environment.ts';
import { startFunction } from '../../local/lambda/function.ts';
import { ThreadEnvironment } from '../../local/lambda/thread.ts';
import type { Cast, DatabaseOnStage, Login } from '../../local/rehearsal/cast.ts';
import { FUNCTION_CALLER, type Stage, startStage } from '../../local/rehearsal/stage.ts';

export interface MatrixResult {
  /** Crash points that were struck. */
  readonly points: number;
  /** What went wrong, with the crash point; empty when every promise held. */
  readonly failures: readonly string[];
  /** All passwords that the function made, to look for them in logs. */
  readonly passwords: readonly string[];
  /** What the function wrote to its log. */
  readonly output: string;
}

/** What hangs is given up after ten seconds, so these have to get there sooner. */
const CRASHES_AT_ONCE = 8;

export async function crashEverywhere(
  database: DatabaseOnStage,
  cast: Cast,
  tag: string,
): Promise<MatrixResult> {
  const failures: string[] = [];
  const passwords: string[] = [];
  /** Of the environment that is about to be killed; the last is under way. */
  let victims: Victim[] = [];
  const connections = new Map<number, Victim | undefined>();
  await using tap = await startTap({
    host: database.host,
    port: database.port,
    onFlight({ connection }) {
      if (!connections.has(connection)) connections.set(connection, victims.at(-1));
      return connections.get(connection)?.next() ?? 'pass';
    },
    onDrop: ({ connection }) => connections.get(connection)?.crash(),
  });
  let startDoomed: (() => Environment) | undefined;
  await using stage = await startStage(database, {
    databasePort: tap.port,
    retries: 0,
    start: (options) =>
      startFunction({
        ...options,
        environment(...its) {
          startDoomed = () => new ThreadEnvironment(...its);
          return startDoomed();
        },
      }),
    intercept({ caller, input }, respond) {
      const { SecretId = '' } = input as { SecretId?: string };
      const victim = victims.find(({ name }) => caller === FUNCTION_CALLER && SecretId.includes(`/${name}-`));
      return victim?.around(respond) ?? respond();
    },
  });
  let doomed: Environment | undefined;
  stage.functions.set(stage.function.arn, (event) =>
    doomed === undefined ? stage.function.invoke(event) : doomed.invoke(event, randomUUID()),
  );

  /** @returns how many crashes struck: a rotation has only so many round trips. */
  async function strike(points: readonly CrashPoint[]): Promise<number> {
    const struck: [Victim, secretArn: string][] = [];
    doomed = startDoomed?.();
    for (const point of points) {
      const victim = new Victim(point, `${tag}_${point.round}${point.when[0]}`);
      const secretArn = await stage.enter(cast, victim.name);
      struck.push([victim, secretArn]);
      victims.push(victim);
      await stage.rotate(secretArn);
      await Promise.race([victim.hangs, stage.secrets.rotations.whenIdle(secretArn)]);
      if (!victim.crashed) break;
    }
    await doomed?.end();
    doomed = undefined;
    victims = [];
    for (const [{ point, crashed }, secretArn] of struck) {
      await examine(database, cast, stage, secretArn, crashed).catch((error: Error) =>
        failures.push(`${point.when} round trip ${point.round}: ${error.message}`),
      );
      passwords.push(...madePasswords(stage, secretArn));
    }
    return struck.filter(([{ crashed }]) => crashed).length;
  }

  let points = 0;
  for (let struck = CRASHES_AT_ONCE; struck === CRASHES_AT_ONCE; points += struck)
    struck = await strike(
      Array.from({ length: CRASHES_AT_ONCE }, (_, at) => ({ round: points + 1 + at, when: 'before' })),
    );
  // A rotation that was slow has a round trip more: it reads the labels again.
  let last = points;
  while (last > 0 && (await strike([{ round: last, when: 'after' }])) === 0) last -= 1;
  return { points: points + 1, failures, passwords, output: stage.function.output() };
}

/** An invocation that runs to its crash point, and hangs there: nothing of it gets through, and no answer comes. */
class Victim {
  readonly point: CrashPoint;
  /** Its secrets end with it. */
  readonly name: string;
  readonly #plan: FaultPlan;
  readonly hangs: Promise<void>;

  constructor(point: CrashPoint, name: string) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.point = point;
    this.name = name;
    this.#plan = new FaultPlan(resolve, point);
    this.hangs = promise;
  }

  get crashed(): boolean {
    return this.#plan.crashed;
  }

  next(): Fate {
    return this.crashed ? 'drop-before' : this.#plan.next();
  }

  crash(): void {
    this.#plan.crash();
  }

  async around<T>(respond: () => Promise<T>): Promise<T | 'withhold'> {
    return this.crashed ? 'withhold' : this.#plan.around(respond);
  }
}

/** @param crashed whether the first rotation came to its crash point; else it went through */
async function examine(
  database: DatabaseOnStage,
  cast: Cast,
  stage: Stage,
  secretArn: string,
  crashed: boolean,
): Promise<void> {
  const { status, error } = await stage.secrets.rotations.whenIdle(secretArn);
  if (!crashed && status !== 'succeeded') throw new Error(`no crash, but: ${error ?? status}`);
  await assertNobodyIsLockedOut(database, cast, stage, secretArn);
  await recover(stage, secretArn);
  await assertDone(database, cast, stage, secretArn);
}

/** Promise 1: AWSCURRENT works; for a single user AWSPENDING may, between the change and the move of the label. */
async function assertNobodyIsLockedOut(
  database: DatabaseOnStage,
  cast: Cast,
  stage: Stage,
  secretArn: string,
): Promise<void> {
  if ((await database.work(await stage.read(secretArn))) === 'accepted') return;
  const pending =
    cast.strategy === 'single-user' ? await readIfAny(stage, secretArn, 'AWSPENDING') : undefined;
  if (pending !== undefined && (await database.work(pending)) === 'accepted') return;
  throw new Error('locked out');
}

/** The next attempt converges; then a whole new rotation works as well. */
async function recover(stage: Stage, secretArn: string): Promise<void> {
  const first = await attempt(stage, secretArn);
  if (first !== undefined) throw new Error(`the next attempt failed: ${first}`);
  const second = await attempt(stage, secretArn);
  if (second !== undefined) throw new Error(`the next rotation failed: ${second}`);
}

/** @returns why the rotation failed, if it did. A rotation that never ended is taken up again by the service. */
async function attempt(stage: Stage, secretArn: string): Promise<string | undefined> {
  await stage.rotate(secretArn).catch((error: Error) => {
    if (!/will be reattempted/.test(error.message)) throw error;
  });
  const { status, error } = await stage.secrets.rotations.whenIdle(secretArn);
  return status === 'succeeded' ? undefined : (error ?? status);
}

async function assertDone(
  database: DatabaseOnStage,
  cast: Cast,
  stage: Stage,
  secretArn: string,
): Promise<void> {
  const current = await stage.read(secretArn);
  const previous = await stage.read(secretArn, 'AWSPREVIOUS');
  if ((await database.work(current)) !== 'accepted') throw new Error('AWSCURRENT is rejected in the end');
  if (cast.strategy === 'single-user') return;
  if ((await database.work(previous)) !== 'accepted') throw new Error('AWSPREVIOUS is rejected in the end');
  if (cast.strategy === 'alternating-users' && current.username === previous.username)
    throw new Error('the pair did not take turns');
}

async function readIfAny(stage: Stage, secretArn: string, label: 'AWSPENDING'): Promise<Login | undefined> {
  return stage.read(secretArn, label).catch((error: Error) => {
    if (error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  });
}

/** Every version but the first, which the test itself made. */
function madePasswords(stage: Stage, secretArn: string): string[] {
  const versions = [...stage.secrets.model.get(secretArn).versions.values()].slice(1);
  return versions.flatMap(({ value }) =>
    value === undefined ? [] : [(JSON.parse(value.content.reveal()) as Login).password],
  );
}

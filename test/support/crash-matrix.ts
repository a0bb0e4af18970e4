/**
 * Kills the bundled function before each round trip it makes, and after the last one, on a real server, and looks what
 * is left. After the other round trips is before the next: what was done is done, and nothing follows. One stage serves
 * all crash points of a cast; each point has users and a secret of its own.
 */

import { startTap } from '../../local/fault-tap.ts';
import { type CrashPoint, FaultPlan } from '../../local/faults.ts';
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

export async function crashEverywhere(
  database: DatabaseOnStage,
  cast: Cast,
  tag: string,
): Promise<MatrixResult> {
  let plan = new FaultPlan(() => {});
  await using tap = await startTap({
    host: database.host,
    port: database.port,
    onFlight: () => plan.next(),
    onDrop: () => plan.crash(),
  });
  await using stage = await startStage(database, {
    databasePort: tap.port,
    retries: 0,
    intercept: ({ caller }, respond) => (caller === FUNCTION_CALLER ? plan.around(respond) : respond()),
  });
  const failures: string[] = [];
  const passwords: string[] = [];

  /** @returns whether the crash struck: a rotation has only so many round trips. */
  async function strike(point: CrashPoint): Promise<boolean> {
    const secretArn = await stage.enter(cast, `${tag}_${point.round}${point.when[0]}`);
    plan = new FaultPlan(() => void stage.function.kill(), point);
    let struck = false;
    await crashOnce(database, cast, stage, secretArn, () => {
      struck = plan.crashed;
      plan = new FaultPlan(() => {});
    }).catch((error) =>
      failures.push(`${point.when} round trip ${point.round}: ${(error as Error).message}`),
    );
    passwords.push(...madePasswords(stage, secretArn));
    return struck;
  }

  let points = 0;
  while (await strike({ round: points + 1, when: 'before' })) points += 1;
  // A rotation that was slow has a round trip more: it reads the labels again.
  let last = points;
  while (last > 0 && !(await strike({ round: last, when: 'after' }))) last -= 1;
  return { points: points + 1, failures, passwords, output: stage.function.output() };
}

/** @param faultsOver is called when the crash, if it struck at all, is over. */
async function crashOnce(
  database: DatabaseOnStage,
  cast: Cast,
  stage: Stage,
  secretArn: string,
  faultsOver: () => void,
): Promise<void> {
  await stage.rotate(secretArn);
  await stage.secrets.rotations.whenIdle(secretArn);
  faultsOver();
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

/** finishSecret: looks once more, then moves AWSCURRENT, as a compare-and-swap, and waits for the copies. */
import { isKeyturnError, KeyturnError } from '../core/errors.ts';
import type { Login } from './engine.ts';
import { awaitReplicas } from './replicas.ts';
import { isFinished, logIn, pause, type Rotation, readCurrent, readPending } from './rotation.ts';
import type { DatabaseSecret } from './secret.ts';
import { strategyFor } from './strategies/choose.ts';
import type { RotationStrategy } from './strategies/strategy.ts';

/** Kept back for the outcome after the last try to move the label. */
const LAST_TRY_MS = 4_000;
const RETRY_MS = 500;
/** How long an unknown login is repeated, since it is also what a failover answers that loses the change. */
const PATIENCE_MS = 10_000;
/** A refusal may come of labels that are not visible everywhere yet. */
const MOST_CONFLICTS = 3;
/** Labels that were seen longer ago than this are read again before one is moved. */
const FRESH_MS = 1_000;

export async function finishSecret(rotation: Rotation): Promise<void> {
  const pending = await readPending(rotation);
  const strategy = strategyFor(pending, rotation.facts);
  await lookOnceMore(rotation, strategy, pending);
  await moveLabel(rotation);
  await awaitReplicas(rotation);
}

/** A failover since testSecret may have lost the change; what to do then depends on whether AWSCURRENT still works. */
async function lookOnceMore(
  rotation: Rotation,
  strategy: RotationStrategy,
  pending: DatabaseSecret,
): Promise<void> {
  const { outcome, problem } = await lastLook(rotation, pending, strategy.currentIsDead);
  if (problem === undefined) return;
  if (!strategy.currentIsDead) throw problem;
  if (outcome === 'rejected') await strategy.set(rotation, { pending, current: await readCurrent(rotation) });
}

interface Look {
  readonly outcome: Login['outcome'];
  /** What keeps the writer from serving the pending user, if anything. */
  readonly problem: KeyturnError | undefined;
}

async function lastLook(rotation: Rotation, pending: DatabaseSecret, patient: boolean): Promise<Look> {
  const patienceUntil = Date.now() + Math.min(PATIENCE_MS, rotation.deadline.remainingMs() / 2 - PATIENCE_MS);
  for (;;) {
    const login = await logIn(rotation, pending);
    const look = { outcome: login.outcome, problem: await problemOf(login) };
    const again = patient && look.outcome !== 'rejected' && look.problem?.retryable === true;
    if (!again || Date.now() >= patienceUntil) return look;
    await pause(RETRY_MS);
  }
}

async function problemOf(login: Login): Promise<KeyturnError | undefined> {
  if (login.outcome !== 'accepted' || login.session === undefined) return login.problem;
  await using session = login.session;
  try {
    if (await session.isWriter()) return undefined;
  } catch (error) {
    if (isKeyturnError(error)) return error;
    throw error;
  }
  return new KeyturnError('DATABASE_READ_ONLY', 'The pending user reached a read-only server.');
}

/** @throws KeyturnError FENCE_LOST when somebody else moved the labels meanwhile. */
async function moveLabel(rotation: Rotation): Promise<void> {
  for (let tries = 1, conflicts = 0; ; tries++) {
    const outcome = await tryToMove(rotation, tries).catch(passing);
    if (outcome === 'moved') return;
    if (outcome === 'conflict') conflicts += 1;
    if (rotation.deadline.remainingMs() < LAST_TRY_MS || conflicts > MOST_CONFLICTS)
      throw problemWith(outcome);
    await pause(RETRY_MS);
  }
}

async function tryToMove(rotation: Rotation, tries: number): Promise<'moved' | 'conflict'> {
  const { store, secret, event, currentVersionId, startedAt } = rotation;
  // A version that has lost AWSPENDING meanwhile may have a password that was replaced.
  const stale = tries > 1 || Date.now() - startedAt > FRESH_MS;
  // The answer to an earlier try may have been lost after it took effect.
  if (stale && (await isFinished(rotation))) return 'moved';
  return store.moveCurrent(secret.arn, { to: event.versionId, from: currentVersionId });
}

/** Throttling and the like, with which no AWSCURRENT may stay dead. */
function passing(error: unknown): KeyturnError {
  if (isKeyturnError(error, 'SECRET_STORE_FAILED') && error.retryable) return error;
  throw error;
}

const problemWith = (outcome: KeyturnError | 'conflict'): KeyturnError =>
  outcome === 'conflict'
    ? new KeyturnError(
        'SECRET_STORE_FAILED',
        'UpdateSecretVersionStage is refused, though the labels allow it.',
      )
    : outcome;

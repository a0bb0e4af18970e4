/**
 * A password that the server's policy refuses can never be set, and the value of a version can never be changed:
 * without this, every retry of that version would fail until a person removed AWSPENDING by hand. It is removed
 * only on proof that the database does not hold it, nor can come to hold it.
 */
import { KeyturnError } from '../core/errors.ts';
import { fence, logIn, pause, type Rotation } from './rotation.ts';
import type { DatabaseSecret } from './secret.ts';
import type { Versions } from './strategies/strategy.ts';

/** @returns the error to throw: PASSWORD_GIVEN_UP when AWSPENDING was removed, else `refusal`. */
export async function giveUp(
  rotation: Rotation,
  { current, pending }: Versions,
  refusal: KeyturnError,
): Promise<KeyturnError> {
  if (!(await earlierStatementsAreOver(rotation))) return refusal;
  const proven = (await isRejected(rotation, pending)) && (await isAcceptedByWriter(rotation, current));
  if (!proven) return refusal;
  await fence(rotation);
  const { store, secret, event } = rotation;
  await store.removePending(secret.arn, event.versionId);
  return new KeyturnError('PASSWORD_GIVEN_UP', `${refusal.what} Version ${event.versionId} was given up.`, {
    ...(refusal.sqlState !== undefined && { sqlState: refusal.sqlState }),
  });
}

/**
 * A killed attempt's statement may wait on the server for as long as its time-out allows, and then land. Twice that
 * after this attempt began, none of an earlier attempt's can.
 */
async function earlierStatementsAreOver({ settings, startedAt, deadline }: Rotation): Promise<boolean> {
  const waitMs = startedAt + 2 * settings.statementTimeoutMs - Date.now();
  if (waitMs > deadline.remainingMs() / 2) return false;
  if (waitMs > 0) await pause(waitMs);
  return true;
}

async function isRejected(rotation: Rotation, secret: DatabaseSecret): Promise<boolean> {
  const login = await logIn(rotation, secret);
  if (login.outcome === 'accepted') await login.session?.[Symbol.asyncDispose]();
  return login.outcome === 'rejected';
}

async function isAcceptedByWriter(rotation: Rotation, secret: DatabaseSecret): Promise<boolean> {
  const login = await logIn(rotation, secret);
  if (login.outcome !== 'accepted' || login.session === undefined) return false;
  await using session = login.session;
  return await session.isWriter();
}

/** setSecret: makes the database accept AWSPENDING. */
import { isKeyturnError } from '../core/errors.ts';
import { giveUp } from './give-up.ts';
import { requireReplicas } from './replicas.ts';
import { logIn, type Rotation, readCurrent, readPending } from './rotation.ts';
import type { DatabaseSecret } from './secret.ts';
import { strategyFor } from './strategies/choose.ts';

export async function setSecret(rotation: Rotation): Promise<void> {
  const versions = { pending: await readPending(rotation), current: await readCurrent(rotation) };
  const strategy = strategyFor(versions.pending, rotation.facts);
  // A Region that AWSPENDING has not reached would be left with a password that nobody may use.
  if (strategy.currentIsDead) await requireReplicas(rotation, () => logsIn(rotation, versions.current));
  try {
    await strategy.set(rotation, versions);
  } catch (error) {
    if (isKeyturnError(error, 'PASSWORD_REFUSED')) throw await giveUp(rotation, versions, error);
    throw error;
  }
}

async function logsIn(rotation: Rotation, secret: DatabaseSecret): Promise<boolean> {
  const login = await logIn(rotation, secret);
  if (login.outcome !== 'accepted') return false;
  await login.session?.[Symbol.asyncDispose]();
  return true;
}

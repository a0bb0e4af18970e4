/** setSecret: makes the database accept AWSPENDING. */
import { isKeyturnError } from '../core/errors.ts';
import { giveUp } from './give-up.ts';
import { type Rotation, readCurrent, readPending } from './rotation.ts';
import { strategyFor } from './strategies/choose.ts';

export async function setSecret(rotation: Rotation): Promise<void> {
  const versions = { pending: await readPending(rotation), current: await readCurrent(rotation) };
  try {
    await strategyFor(versions.pending, rotation.facts).set(rotation, versions);
  } catch (error) {
    if (isKeyturnError(error, 'PASSWORD_REFUSED')) throw await giveUp(rotation, versions, error);
    throw error;
  }
}

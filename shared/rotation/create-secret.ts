/**
 * createSecret: makes the password and stores it as AWSPENDING, the write-ahead record of everything that follows.
 * Whatever can be found wrong is found here, before there is any side effect.
 */
import { KeyturnError } from '../core/errors.ts';
import { generatePassword, mergeRules, type PasswordRules } from './password.ts';
import { awaitReplicas, requireReplicas } from './replicas.ts';
import { type Inquiry, isStored, type Rotation, readCurrent, readPending } from './rotation.ts';
import { checkDerived, type DatabaseSecret, serialize, withCredentials } from './secret.ts';
import { strategyFor } from './strategies/choose.ts';

export async function createSecret(rotation: Rotation): Promise<void> {
  const { store, secret, event } = rotation;
  let pending: DatabaseSecret;
  try {
    pending = await newPending(rotation);
    await requireReplicas(rotation, async () => !(await isStored(rotation)));
  } catch (error) {
    // A value stored by an earlier attempt may be in the database by now: then only going on ends the window.
    if (await isStored(rotation)) return;
    throw error;
  }
  // When another attempt has stored a value for this version, that value counts: it can never change.
  const put = await store.putPending(secret.arn, event.versionId, serialize(pending), event.rotationToken);
  await readPending(rotation);
  // No login is dead yet; and a label that moves while a replication is under way can leave it stuck.
  if (put === 'stored') await awaitReplicas(rotation);
}

async function newPending(rotation: Rotation): Promise<DatabaseSecret> {
  const current = await readCurrent(rotation);
  await refuseBlueGreen(rotation, current);
  const username = await strategyFor(current, rotation.facts).nextUser(rotation, current);
  checkDerived(current, username !== current.username);
  return withCredentials(current, { username, password: generatePassword(rulesFor(rotation, current)) });
}

export const rulesFor = ({ engine, settings }: Inquiry, { options }: DatabaseSecret): PasswordRules => {
  const { length, excludeCharacters } = options.password;
  return mergeRules(engine.passwordRules, settings.passwordRules, {
    ...(length !== undefined && { length }),
    ...(excludeCharacters !== undefined && { excludeCharacters }),
  });
};

/** The green side replicates rows, not roles, so a password changed now is lost at the switchover. */
export async function refuseBlueGreen(rotation: Inquiry, { target }: DatabaseSecret): Promise<void> {
  if (!rotation.settings.blueGreenCheck || !/\.rds\.amazonaws\.com(\.cn)?\.?$/i.test(target.host)) return;
  const deployment = await rotation.endpoints.blueGreenDeploymentOf(target.host);
  if (deployment !== undefined)
    throw new KeyturnError('BLUE_GREEN_DEPLOYMENT', `${target.host} is the source of ${deployment}.`);
}

/** What a secret is: by what the deployment says, by what the sweep found, and by what was seen to happen to it. */
import { matchesAny } from '../../core/patterns.ts';
import type { Deployment } from '../deployment.ts';
import type { SecretRef } from '../events/event.ts';
import type { Past } from '../memory/past.ts';

export const isHoneytoken = ({ honeytokens }: Deployment, past: Past, secret: SecretRef): boolean =>
  matchesAny(honeytokens, secret.name) || past.inventoryOf(secret)?.honeytoken === true;

/** Whether only software is meant to read the secret. */
export const isForMachines = ({ machineSecrets }: Deployment, past: Past, secret: SecretRef): boolean =>
  matchesAny(machineSecrets, secret.name) || past.inventoryOf(secret)?.tier === 'machine';

/** Whether a rotation function kept the secret before, by what the sweep found or by what was seen to happen to it. */
export const isRotated = (past: Past, secret: SecretRef): boolean =>
  past.wasRotated(secret) || past.happenedBefore(secret, 'RotationSucceeded');

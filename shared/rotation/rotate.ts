/** The state machine: the labels decide, then one of four steps runs. */
import { KeyturnError } from '../core/errors.ts';
import type { Invocation } from '../core/invocation.ts';
import { createSecret } from './create-secret.ts';
import type { RotationEvent, Step } from './event.ts';
import { finishSecret } from './finish-secret.ts';
import { type Collaborators, type Rotation, untilVisible } from './rotation.ts';
import type { SecretDescription } from './secret-store.ts';
import { setSecret } from './set-secret.ts';
import { type RotationState, stateOf } from './state.ts';
import { testSecret } from './test-secret.ts';

const RUN: { readonly [step in Step]: (rotation: Rotation) => Promise<void> } = {
  createSecret,
  setSecret,
  testSecret,
  finishSecret,
};

/** Carries out one step. May be called again at any time for the same version. @throws KeyturnError */
export async function rotate(
  event: RotationEvent,
  collaborators: Collaborators,
  invocation: Invocation,
): Promise<void> {
  const { facts } = invocation;
  Object.assign(facts, { step: event.step, secretArn: event.secretId, versionId: event.versionId });
  const [secret, state] = await observe(event, collaborators);
  facts.secretArn = secret.arn;
  switch (state.kind) {
    case 'finished':
      facts.outcome = 'nothing to do';
      return;
    case 'refused':
      throw new KeyturnError(state.code, `Version ${event.versionId} of ${secret.name}, ${event.step}.`);
    case 'pending':
      refuseServiceManaged(secret);
      await RUN[event.step]({
        ...collaborators,
        ...invocation,
        event,
        secret,
        currentVersionId: state.currentVersionId,
      });
  }
}

/** A label that is not there may only not be visible yet, so a refusal is asked for again before it stands. */
async function observe(
  event: RotationEvent,
  { store }: Collaborators,
): Promise<[SecretDescription, RotationState]> {
  let seen: [SecretDescription, RotationState] | undefined;
  await untilVisible(async () => {
    const secret = await store.describe(event.secretId);
    seen = [secret, stateOf(secret, event.versionId)];
    return seen[1].kind === 'refused' ? undefined : seen;
  });
  return seen as [SecretDescription, RotationState];
}

/** Such secrets are named `service!…`; writing one fails, and its service rotates it. @throws KeyturnError SECRET_MANAGED_BY_SERVICE */
export function refuseServiceManaged({ name, owningService }: SecretDescription): void {
  const service = owningService ?? /^([a-z-]+)!/.exec(name)?.[1];
  if (service !== undefined)
    throw new KeyturnError('SECRET_MANAGED_BY_SERVICE', `${name} belongs to ${service}.`);
}

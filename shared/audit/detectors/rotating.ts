import { type Deployment, isRotationRole } from '../deployment.ts';
import type { AuditEvent, SecretRef } from '../events/event.ts';
import type { Past } from '../memory/past.ts';
import { DAY } from '../memory/spans.ts';

/**
 * Whether the event is a rotation function's work. Where the roles of rotation functions are not known, as when a history
 * is replayed, their work is known by its version: Secrets Manager itself tells to which one it rotates.
 */
export const isRotating = (event: AuditEvent, past: Past, deployment: Deployment): boolean =>
  isRotationRole(deployment, event.principal) ||
  (deployment.rotationRoles.length === 0 &&
    event.secrets.some((secret) => isOfRotation(event, secret, past)));

function isOfRotation(event: AuditEvent, secret: SecretRef, past: Past): boolean {
  const happened = (call: string, value: string | undefined) =>
    past
      .ofSecret(secret, call)
      .some((sighting) => sighting.value === value && Math.abs(sighting.time - event.time) <= DAY);
  if (event.versionId === undefined) return false;
  if (happened('TestRotationStarted', event.versionId)) return true;
  // Others may read the version's id; only the function that rotates has also written a value.
  return (
    happened('PutSecretValue', event.principal.key) &&
    ROTATIONS.some((name) => happened(name, event.versionId))
  );
}

const ROTATIONS = ['RotationStarted', 'RotationSucceeded', 'RotationFailed'] as const;

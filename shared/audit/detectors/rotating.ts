import { type Deployment, isRotationRole } from '../deployment.ts';
import type { AuditEvent, SecretRef } from '../events/event.ts';
import type { Past } from '../memory/past.ts';
import { MINUTE } from '../memory/spans.ts';

/** A rotation takes minutes at most, and Secrets Manager tells of its beginning and its end. */
const LENGTH = 15 * MINUTE;
const ROTATIONS = ['RotationStarted', 'RotationSucceeded', 'RotationFailed'] as const;

/**
 * Whether the event is a rotation function's work. Where the roles of rotation functions are not known, as when a history
 * is replayed, it is taken for one when Secrets Manager itself tells of a rotation of the secret at that time, and the
 * role has also written a value then.
 */
export const isRotating = (event: AuditEvent, past: Past, deployment: Deployment): boolean =>
  isRotationRole(deployment, event.principal) ||
  (deployment.rotationRoles.length === 0 &&
    event.principal.type === 'role' &&
    event.secrets.some((secret) => isOfRotation(event, secret, past)));

function isOfRotation({ time, principal }: AuditEvent, secret: SecretRef, past: Past): boolean {
  const happened = (call: string, by?: string) =>
    past
      .ofSecret(secret, call)
      .some((one) => Math.abs(one.time - time) <= LENGTH && (by === undefined || one.value === by));
  if (happened('TestRotationStarted')) return true;
  return happened('PutSecretValue', principal.key) && ROTATIONS.some((name) => happened(name));
}

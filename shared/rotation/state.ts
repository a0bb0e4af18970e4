/** What the staging labels allow. Pure; every step asks it first. */
import type { SecretDescription } from './secret-store.ts';

/**
 * - `finished`: this version is AWSCURRENT already; there is nothing to do.
 * - `pending`: this version is AWSPENDING; the step may run. `currentVersionId` is what AWSCURRENT is on now.
 * - `refused`: neither. AWSPENDING may have gone to another version, or nowhere.
 */
export type RotationState =
  | { readonly kind: 'finished' }
  | { readonly kind: 'pending'; readonly currentVersionId: string }
  | {
      readonly kind: 'refused';
      readonly code: 'ROTATION_NOT_ENABLED' | 'VERSION_NOT_PENDING' | 'SECRET_NOT_FOUND';
    };

export function stateOf(secret: SecretDescription, versionId: string): RotationState {
  const stages = secret.stages.get(versionId) ?? [];
  if (secret.rotationEnabled === false) return { kind: 'refused', code: 'ROTATION_NOT_ENABLED' };
  if (stages.includes('AWSCURRENT')) return { kind: 'finished' };
  if (!stages.includes('AWSPENDING')) return { kind: 'refused', code: 'VERSION_NOT_PENDING' };
  const currentVersionId = versionIn(secret, 'AWSCURRENT');
  if (currentVersionId === undefined) return { kind: 'refused', code: 'SECRET_NOT_FOUND' };
  return { kind: 'pending', currentVersionId };
}

export function versionIn(secret: SecretDescription, stage: string): string | undefined {
  for (const [versionId, stages] of secret.stages) if (stages.includes(stage)) return versionId;
  return undefined;
}

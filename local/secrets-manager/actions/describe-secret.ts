import * as v from 'valibot';
import { stagesOf } from '../labels.ts';
import { regionOf } from '../names.ts';
import { nextRotation } from '../schedule.ts';
import type { RotationSettings, Secret } from '../secret.ts';
import { action, SecretId, seconds } from './action.ts';
import { replicationOf } from './replication.ts';

// The one read that also answers for a secret marked for deletion: DeletedDate is its field.
export const describeSecret = action(v.object({ SecretId }), ({ model }, request) => {
  const secret = model.seen(model.get(request.SecretId));
  return { ...descriptionOf(secret), ...replicationOf(secret) };
});

export function descriptionOf(secret: Secret) {
  return {
    ...{ ARN: secret.arn, Name: secret.name, Description: secret.description, KmsKeyId: secret.kmsKeyId },
    ...rotationOf(secret.rotation, secret.createdAt),
    ...datesOf(secret),
    Tags: [...secret.tags].map(([Key, Value]) => ({ Key, Value })),
    // Lists the empty pending version as well; only GetSecretValue tells whether it has a value.
    VersionIdsToStages: stagesByVersion(secret),
    OwningService: secret.owningService,
    PrimaryRegion: primaryRegionOf(secret),
  };
}

/** Of a secret that has copies, or is one. */
export const primaryRegionOf = ({ arn, primaryRegion, replicas }: Secret): string | undefined =>
  primaryRegion ?? (replicas.size === 0 ? undefined : regionOf(arn));

const datesOf = ({ createdAt, changedAt, accessedAt, deletedAt }: Secret) => ({
  CreatedDate: seconds(createdAt),
  LastChangedDate: seconds(changedAt),
  ...(accessedAt !== undefined && { LastAccessedDate: seconds(accessedAt) }),
  ...(deletedAt !== undefined && { DeletedDate: seconds(deletedAt) }),
});

// Absent when rotation was never configured. The dates are absent too while it is switched off.
function rotationOf(rotation: RotationSettings | undefined, createdAt: number) {
  if (rotation === undefined) return {};
  const { enabled, functionArn, rules, rotatedAt } = rotation;
  const next = enabled ? nextRotation(rules, rotatedAt ?? createdAt) : undefined;
  return {
    ...{ RotationEnabled: enabled, RotationLambdaARN: functionArn, RotationRules: rules },
    ...(enabled && rotatedAt !== undefined && { LastRotatedDate: seconds(rotatedAt) }),
    ...(next !== undefined && { NextRotationDate: seconds(next) }),
  };
}

function stagesByVersion(secret: Secret): Record<string, string[]> {
  const labelled = new Set(secret.labels.values());
  return Object.fromEntries([...labelled].map((id) => [id, stagesOf(secret, id)]));
}

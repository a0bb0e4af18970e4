import * as v from 'valibot';
import { stagesOf } from '../labels.ts';
import { nextRotation } from '../schedule.ts';
import type { RotationSettings, Secret } from '../secret.ts';
import { action, SecretId, seconds } from './action.ts';

// The one read that also answers for a secret marked for deletion: DeletedDate is its field.
export const describeSecret = action(v.object({ SecretId }), ({ model }, request) =>
  descriptionOf(model.seen(model.get(request.SecretId))),
);

export function descriptionOf(secret: Secret) {
  return {
    ...{ ARN: secret.arn, Name: secret.name, Description: secret.description, KmsKeyId: secret.kmsKeyId },
    ...rotationOf(secret.rotation, secret.createdAt),
    ...datesOf(secret),
    Tags: [...secret.tags].map(([Key, Value]) => ({ Key, Value })),
    // Lists the empty pending version as well; only GetSecretValue tells whether it has a value.
    VersionIdsToStages: stagesByVersion(secret),
    OwningService: secret.owningService,
  };
}

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

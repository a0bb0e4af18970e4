import * as v from 'valibot';
import { invalidRequest } from '../errors.ts';
import { attach, CURRENT, checkRoomForLabels, incompleteVersion, PENDING, stagesOf } from '../labels.ts';
import type { Secret } from '../secret.ts';
import { addVersion, alreadyStored, readValue } from '../versions.ts';
import { action, SecretId, type Service, VersionStage, versionIdOf } from './action.ts';

const input = v.object({
  SecretId,
  ClientRequestToken: v.optional(v.string()),
  SecretString: v.optional(v.string()),
  SecretBinary: v.optional(v.string()),
  VersionStages: v.optional(v.pipe(v.array(VersionStage), v.minLength(1), v.maxLength(20))),
  RotationToken: v.optional(v.string()),
});
type Input = v.InferOutput<typeof input>;

export const putSecretValue = action(input, (service, request) => {
  const secret = service.model.writable(request.SecretId);
  const versionId = versionIdOf(request.ClientRequestToken, invalidRequest);
  storeValue(service, secret, versionId, request);
  const stages = stagesOf(secret, versionId);
  return { ARN: secret.arn, Name: secret.name, VersionId: versionId, VersionStages: stages };
});

/** @returns the version's id @throws ServiceError */
export function storeValue(service: Service, secret: Secret, versionId: string, request: Stored): string {
  const value = readValue(request);
  if (value === undefined) throw invalidRequest('You must provide either SecretString or SecretBinary.');
  if (!alreadyStored(secret, versionId, value)) store(service, secret, { id: versionId, value }, request);
  return versionId;
}

type Stored = Pick<Input, 'SecretString' | 'SecretBinary'> & Partial<Input>;

function store(
  { model, rotations }: Service,
  secret: Secret,
  version: { id: string; value: NonNullable<ReturnType<typeof readValue>> },
  request: Stored,
): void {
  // Without VersionStages, and whatever they are for the first version, AWSCURRENT moves here.
  const first = secret.versions.size === 0 ? [CURRENT] : [];
  const stages = [...(request.VersionStages ?? [CURRENT]), ...first];
  checkRoomForLabels(secret, stages);
  const unproven = !rotations.isProven(secret, version.id, request.RotationToken);
  addVersion(secret, { ...version, createdAt: model.now(), unproven });
  if (request.VersionStages === undefined) abandonRotation(rotations, secret, version.id);
  for (const stage of stages) attach(secret, stage, version.id);
  model.changed(secret);
}

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html: RotationAbandoned
function abandonRotation(rotations: Service['rotations'], secret: Secret, versionId: string): void {
  const pending = incompleteVersion(secret);
  if (secret.rotation === undefined || pending === undefined || pending === versionId) return;
  secret.labels.delete(PENDING);
  rotations.end(secret, 'abandoned');
}

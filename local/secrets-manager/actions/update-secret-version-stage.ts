import * as v from 'valibot';
import { invalidParameter } from '../errors.ts';
import { attach, CURRENT, checkRoomForLabels } from '../labels.ts';
import type { Secret } from '../secret.ts';
import { action, SecretId, VersionId, VersionStage } from './action.ts';

const input = v.object({
  SecretId,
  VersionStage,
  RemoveFromVersionId: v.optional(VersionId),
  MoveToVersionId: v.optional(VersionId),
});
type Input = v.InferOutput<typeof input>;

export const updateSecretVersionStage = action(input, ({ model, rotations }, request) => {
  const secret = model.writable(request.SecretId);
  check(secret, request);
  const { VersionStage: label, MoveToVersionId: to } = request;
  if (to === undefined) secret.labels.delete(label);
  else attach(secret, label, to);
  if (to !== undefined && label === CURRENT) rotations.promoted(secret, to);
  model.changed(secret);
  return { ARN: secret.arn, Name: secret.name };
});

function check(
  secret: Secret,
  { VersionStage: label, RemoveFromVersionId: from, MoveToVersionId: to }: Input,
) {
  const holder = secret.labels.get(label);
  for (const id of [from, to])
    if (id !== undefined && !secret.versions.has(id)) throw invalidParameter(`Not a valid version: ${id}`);
  if (from !== undefined && from !== holder)
    throw invalidParameter(`Version stage ${label} not found in version ${from}`);
  if (from === undefined && holder !== undefined && holder !== to)
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  if (to !== undefined) checkRoomForLabels(secret, [label]);
  else checkRemoval(label, from);
}

function checkRemoval(label: string, from: string | undefined): void {
  if (from === undefined)
    throw invalidParameter('You must provide MoveToVersionId, RemoveFromVersionId, or both.');
  if (label === CURRENT)
    throw invalidParameter(
      'You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
    );
}

import * as v from 'valibot';
import { invalidParameter } from '../errors.ts';
import type { Model } from '../model.ts';
import type { Secret } from '../secret.ts';
import { action, SecretId, type Service, seconds } from './action.ts';

const input = v.object({
  SecretId,
  RecoveryWindowInDays: v.optional(v.number()),
  ForceDeleteWithoutRecovery: v.optional(v.boolean(), false),
});

const DAY = 86_400_000;

export const deleteSecret = action(input, (service, request) => {
  const { SecretId: id, RecoveryWindowInDays: days = 30, ForceDeleteWithoutRecovery: force } = request;
  if (force && request.RecoveryWindowInDays !== undefined)
    throw invalidParameter(
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  if (days < 7 || days > 30)
    throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
  return force ? forceDelete(service, id) : scheduleDeletion(service.model, id, days);
});

function scheduleDeletion(model: Model, id: string, days: number) {
  const secret = deletable(model, id);
  secret.deletedAt = model.now() + days * DAY;
  model.changed(secret);
  return { ARN: secret.arn, Name: secret.name, DeletionDate: seconds(secret.deletedAt) };
}

/** Copies go first. */
function deletable(model: Model, id: string): Secret {
  const secret = model.writable(id);
  const regions = [...secret.replicas.keys()].join(',');
  if (regions !== '')
    throw invalidParameter(
      `You can't delete secret ${secret.name} that still has replica regions [${regions}]`,
    );
  return secret;
}

// A secret that is not there is no error here; AWS answers with the ARN it would have.
function forceDelete({ model, rotations }: Service, id: string) {
  const secret = model.find(id);
  if (secret !== undefined) {
    deletable(model, id);
    rotations.end(secret, 'cancelled');
    model.remove(secret);
  }
  return { ARN: secret?.arn ?? id, Name: secret?.name ?? id, DeletionDate: seconds(model.now()) };
}

import * as v from 'valibot';
import { invalidRequest, resourceExists, validationError } from '../errors.ts';
import type { Model } from '../model.ts';
import { isValidName } from '../names.ts';
import type { Secret } from '../secret.ts';
import { alreadyStored, readValue } from '../versions.ts';
import { action, Tags, versionIdOf } from './action.ts';
import { replicationOf, Targets } from './replication.ts';

const input = v.object({
  Name: v.string(),
  ClientRequestToken: v.optional(v.string()),
  SecretString: v.optional(v.string()),
  SecretBinary: v.optional(v.string()),
  Description: v.optional(v.string()),
  KmsKeyId: v.optional(v.string()),
  Tags: v.optional(Tags, []),
  AddReplicaRegions: v.optional(Targets),
  ForceOverwriteReplicaSecret: v.optional(v.boolean(), false),
});
type Input = v.InferOutput<typeof input>;

export const createSecret = action(input, ({ model, replication }, request) => {
  if (!isValidName(request.Name))
    throw validationError(
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    );
  const versionId = versionIdOf(request.ClientRequestToken, invalidRequest);
  const secret = existing(model, request, versionId) ?? create(model, request, versionId);
  if (request.AddReplicaRegions !== undefined)
    replication.start(secret, request.AddReplicaRegions, request.ForceOverwriteReplicaSecret);
  const made = secret.versions.has(versionId) ? { VersionId: versionId } : {};
  return { ARN: secret.arn, Name: secret.name, ...made, ...replicationOf(secret) };
});

function existing(model: Model, request: Input, versionId: string): Secret | undefined {
  const secret = model.find(request.Name);
  if (secret === undefined) return undefined;
  if (secret.deletedAt !== undefined)
    throw invalidRequest(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  if (alreadyStored(secret, versionId, readValue(request))) return secret;
  throw resourceExists(`The operation failed because the secret ${request.Name} already exists.`);
}

const create = (model: Model, request: Input, versionId: string): Secret =>
  model.create({
    ...request,
    ...{ name: request.Name, description: request.Description, kmsKeyId: request.KmsKeyId, versionId },
    tags: new Map(request.Tags.map(({ Key, Value }) => [Key, Value])),
  });

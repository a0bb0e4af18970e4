/** The secret store on AWS Secrets Manager. */
import {
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { KeyturnError } from '../core/errors.ts';
import type { SecretDescription, SecretStore } from '../rotation/secret-store.ts';
import { isTransient, nameOf } from './failure.ts';
import { TIMEOUTS } from './time-outs.ts';

/** @param endpoint address of the service where the standard one is not to be used */
export function secretsManagerStore(endpoint: string | undefined): SecretStore {
  const client = new SecretsManagerClient({
    requestHandler: TIMEOUTS,
    ...(endpoint !== undefined && { endpoint }),
  });
  return {
    async describe(secretId) {
      const output = await client
        .send(new DescribeSecretCommand({ SecretId: secretId }))
        .catch(failed('DescribeSecret', secretId, 'SECRET_NOT_FOUND'));
      return description(output);
    },

    async read(secretId, which, parse) {
      const version = 'stage' in which ? { VersionStage: which.stage } : { VersionId: which.versionId };
      const output = await client
        .send(new GetSecretValueCommand({ SecretId: secretId, ...version }))
        .catch(absentOr(failed('GetSecretValue', secretId)));
      if (output === undefined) return undefined;
      if (output.SecretString === undefined)
        throw new KeyturnError('SECRET_INVALID', 'The secret is binary; it must be a JSON text.');
      return parse(output.SecretString);
    },

    async putPending(secretId, versionId, text, rotationToken) {
      const put = new PutSecretValueCommand({
        SecretId: secretId,
        ClientRequestToken: versionId,
        SecretString: text.reveal(),
        VersionStages: ['AWSPENDING'],
        ...(rotationToken !== undefined && { RotationToken: rotationToken.reveal() }),
      });
      try {
        await client.send(put);
        return 'stored';
      } catch (error) {
        if (nameOf(error) === 'ResourceExistsException') return 'exists';
        throw failure('PutSecretValue', secretId, error);
      }
    },

    async moveCurrent(secretId, { to, from }) {
      const move = new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: to,
        RemoveFromVersionId: from,
      });
      try {
        await client.send(move);
        return 'moved';
      } catch (error) {
        if (nameOf(error) === 'InvalidParameterException') return 'conflict';
        throw failure('UpdateSecretVersionStage', secretId, error);
      }
    },

    async removePending(secretId, versionId) {
      const remove = { SecretId: secretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: versionId };
      await client
        .send(new UpdateSecretVersionStageCommand(remove))
        .catch(failed('UpdateSecretVersionStage', secretId));
    },
  };
}

function description(output: DescribeSecretCommandOutput): SecretDescription {
  return {
    arn: output.ARN ?? '',
    name: output.Name ?? '',
    rotationEnabled: output.RotationEnabled,
    rotationFunction: output.RotationLambdaARN,
    owningService: output.OwningService,
    tags: new Map((output.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    stages: new Map(Object.entries(output.VersionIdsToStages ?? {})),
    replicas: new Map(
      (output.ReplicationStatus ?? []).map(({ Region = '', Status = 'InProgress' }) => [Region, Status]),
    ),
  };
}

const absentOr = (otherwise: (error: unknown) => never) => (error: unknown) =>
  nameOf(error) === 'ResourceNotFoundException' ? undefined : otherwise(error);

const failed =
  (
    call: string,
    secretId: string,
    whenAbsent: 'SECRET_NOT_FOUND' | 'SECRET_STORE_FAILED' = 'SECRET_STORE_FAILED',
  ) =>
  (error: unknown): never => {
    if (nameOf(error) === 'ResourceNotFoundException')
      throw new KeyturnError(whenAbsent, `${call} found no ${secretId}.`);
    throw failure(call, secretId, error);
  };

function failure(call: string, secretId: string, error: unknown): KeyturnError {
  const name = nameOf(error);
  return new KeyturnError('SECRET_STORE_FAILED', `${call} of ${secretId} failed with ${name}.`, {
    awsError: name,
    retryable: isTransient(error),
  });
}

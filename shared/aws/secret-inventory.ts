/** The secrets of the account and Region, listed slowly enough for AWS and without their values. */
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  type SecretListEntry,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { ListedSecret, SecretInventory } from '../audit/sweep/listed-secret.ts';
import { KeyturnError } from '../core/errors.ts';
import { isTransient, nameOf } from './failure.ts';
import { TIMEOUTS } from './time-outs.ts';

/** ListSecrets may be called 50 times a second by all of an account together; a fifth of that leaves room for others. */
const MS_BETWEEN_PAGES = 100;
const PAGE = 100;

/** @param endpoint address of the service where the standard one is not to be used */
export function secretInventory(endpoint: string | undefined): SecretInventory {
  const client = new SecretsManagerClient({
    requestHandler: TIMEOUTS,
    maxAttempts: 6,
    ...(endpoint !== undefined && { endpoint }),
  });
  let earliest = 0;
  return {
    async page(from) {
      await until(earliest);
      earliest = Date.now() + MS_BETWEEN_PAGES;
      const list = new ListSecretsCommand({
        MaxResults: PAGE,
        ...(from !== undefined && { NextToken: from }),
      });
      const { SecretList = [], NextToken } = await client.send(list).catch(failed('ListSecrets'));
      return { secrets: SecretList.map(listed), next: NextToken };
    },
    async readCanary(name) {
      await client.send(new GetSecretValueCommand({ SecretId: name })).catch(failed('GetSecretValue'));
    },
  };
}

const until = (time: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, time - Date.now())));

const listed = (entry: SecretListEntry): ListedSecret => ({
  arn: entry.ARN ?? '',
  name: entry.Name ?? '',
  kmsKeyId: entry.KmsKeyId,
  rotationEnabled: entry.RotationEnabled === true,
  rotationFunction: entry.RotationLambdaARN,
  rotationDays: entry.RotationRules?.AutomaticallyAfterDays,
  createdAt: entry.CreatedDate?.getTime() ?? 0,
  changedAt: entry.LastChangedDate?.getTime() ?? entry.CreatedDate?.getTime() ?? 0,
  rotatedAt: entry.LastRotatedDate?.getTime(),
  accessedAt: entry.LastAccessedDate?.getTime(),
  nextRotationAt: entry.NextRotationDate?.getTime(),
  tags: new Map(entry.Tags?.map(({ Key = '', Value = '' }) => [Key, Value])),
  isPending: Object.values(entry.SecretVersionsToStages ?? {}).some(
    (stages) => stages.includes('AWSPENDING') && !stages.includes('AWSCURRENT'),
  ),
  owningService: entry.OwningService,
});

const failed = (call: string) => (error: unknown) => {
  throw new KeyturnError('SECRET_STORE_FAILED', `${call} answered ${nameOf(error)}.`, {
    awsError: nameOf(error),
    retryable: isTransient(error),
  });
};

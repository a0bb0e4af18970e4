/** The secrets of the account and Region, listed slowly enough for AWS and without their values. */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  type ReplicationStatusType,
  type SecretListEntry,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { ListedSecret, Replica, SecretInventory } from '../audit/sweep/listed-secret.ts';
import { KeyturnError } from '../core/errors.ts';
import { isTransient, nameOf } from './failure.ts';
import { pacer } from './pacer.ts';
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
  const turn = pacer(MS_BETWEEN_PAGES);
  return {
    async page(from) {
      await turn();
      const list = new ListSecretsCommand({
        MaxResults: PAGE,
        ...(from !== undefined && { NextToken: from }),
      });
      try {
        const { SecretList = [], NextToken } = await client.send(list);
        return { secrets: SecretList.map(listed), next: NextToken };
      } catch (error) {
        if (from !== undefined && nameOf(error) === 'InvalidNextTokenException') return undefined;
        return failed('ListSecrets')(error);
      }
    },
    async replicas(arn) {
      const describe = new DescribeSecretCommand({ SecretId: arn });
      try {
        const { ReplicationStatus = [] } = await client.send(describe);
        return ReplicationStatus.map(replica);
      } catch (error) {
        // A secret that is gone since, or closed to the sweep by its own policy, must not hold up all others.
        return isTransient(error) ? failed('DescribeSecret')(error) : [];
      }
    },
    async readCanary(name) {
      await client.send(new GetSecretValueCommand({ SecretId: name })).catch(failed('GetSecretValue'));
    },
  };
}

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
  pendingVersion: Object.entries(entry.SecretVersionsToStages ?? {}).find(
    ([, stages]) => stages.includes('AWSPENDING') && !stages.includes('AWSCURRENT'),
  )?.[0],
  owningService: entry.OwningService,
  primaryRegion: entry.PrimaryRegion,
});

const replica = ({ Region = '', Status = 'InProgress' }: ReplicationStatusType): Replica => ({
  region: Region,
  status: Status,
});

const failed =
  (call: string) =>
  (error: unknown): never => {
    throw new KeyturnError('SECRET_STORE_FAILED', `${call} answered ${nameOf(error)}.`, {
      awsError: nameOf(error),
      retryable: isTransient(error),
    });
  };

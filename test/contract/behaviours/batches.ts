import {
  BatchGetSecretValueCommand,
  type BatchGetSecretValueCommandInput,
  DeleteSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { history, refusal } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

const batch = (client: SecretsManagerClient, input: BatchGetSecretValueCommandInput) =>
  client.send(new BatchGetSecretValueCommand(input));

export const batches: Behaviour[] = [
  {
    name: 'a batch by list gives each secret’s AWSCURRENT, by ARN and by name',
    run: async ({ client }) => {
      const [one, two] = [await history(client, 2), await history(client, 1)];
      const { SecretValues, Errors } = await batch(client, { SecretIdList: [one.id, two.name] });
      const found = SecretValues?.map(({ ARN, SecretString, VersionId, VersionStages }) => [
        ARN,
        SecretString,
        VersionId,
        VersionStages,
      ]);
      expect(found?.toSorted()).toEqual(
        [
          [one.id, 'value 1', one.versions[1], ['AWSCURRENT']],
          [two.id, 'value 0', two.versions[0], ['AWSCURRENT']],
        ].toSorted(),
      );
      expect(Errors ?? []).toEqual([]);
    },
  },
  {
    name: 'what fails in a batch is told of that secret alone',
    run: async ({ client }) => {
      const [one, gone] = [await history(client, 1), await history(client, 1)];
      await client.send(new DeleteSecretCommand({ SecretId: gone.id }));
      const answer = await batch(client, { SecretIdList: [one.id, gone.id, 'no/such/secret'] });
      expect(answer.SecretValues?.map(({ ARN }) => ARN)).toEqual([one.id]);
      expect(answer.Errors?.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode])).toEqual([
        [gone.id, 'InvalidRequestException'],
        ['no/such/secret', 'ResourceNotFoundException'],
      ]);
    },
  },
  {
    name: 'a batch by filters comes in pages',
    run: async ({ client }) => {
      const made = [await history(client, 1), await history(client, 1), await history(client, 1)];
      const name = made[0]?.name ?? '';
      const tag = { Key: name, Value: 'x' };
      for (const { id } of made) await client.send(new TagResourceCommand({ SecretId: id, Tags: [tag] }));
      const filters = { Filters: [{ Key: 'tag-key' as const, Values: [name] }], MaxResults: 2 };
      const first = await batch(client, filters);
      const second = await batch(client, { ...filters, NextToken: first.NextToken });
      expect([first.SecretValues?.length, second.SecretValues?.length]).toEqual([2, 1]);
      const arns = [first, second].flatMap(({ SecretValues }) => SecretValues?.map(({ ARN }) => ARN));
      expect(arns.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
      expect(second.NextToken).toBeUndefined();
    },
  },
  {
    name: 'a batch by list and filters at once is refused',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const both = { SecretIdList: [id], Filters: [{ Key: 'name' as const, Values: ['x'] }] };
      expect(await refusal(batch(client, both))).toMatchObject({ name: 'InvalidParameterException' });
    },
  },
  {
    name: 'a batch of neither is refused',
    run: async ({ client }) => {
      expect(await refusal(batch(client, {}))).toMatchObject({ name: 'InvalidParameterException' });
    },
  },
];

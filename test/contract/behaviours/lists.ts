import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  type Filter,
  ListSecretsCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import type { Behaviour } from './behaviour.ts';

/** Secrets `PREFIX/a`, `PREFIX/b` and `PREFIX/c`, the last with the tag `team`. @returns the prefix */
async function three(client: SecretsManagerClient): Promise<string> {
  const prefix = `list-${randomUUID()}`;
  for (const part of ['a', 'b', 'c'])
    await client.send(
      new CreateSecretCommand({
        ...{ Name: `${prefix}/${part}`, SecretString: 'value' },
        ...(part === 'c' && { Tags: [{ Key: `team-${prefix}`, Value: 'orders' }] }),
      }),
    );
  return prefix;
}

async function names(
  client: SecretsManagerClient,
  Filters: Filter[],
  more: object = {},
): Promise<(string | undefined)[]> {
  const { SecretList = [] } = await client.send(new ListSecretsCommand({ Filters, ...more }));
  return SecretList.map(({ Name }) => Name).toSorted();
}

const named = (prefix: string): Filter[] => [{ Key: 'name', Values: [`${prefix}/`] }];

export const lists: Behaviour[] = [
  {
    name: 'a list has each secret whose name begins so, with its tags and labels',
    run: async ({ client }) => {
      const prefix = await three(client);
      const { SecretList = [] } = await client.send(new ListSecretsCommand({ Filters: named(prefix) }));
      expect(SecretList.map(({ Name }) => Name).toSorted()).toEqual(
        ['a', 'b', 'c'].map((part) => `${prefix}/${part}`),
      );
      const last = SecretList.find(({ Name }) => Name === `${prefix}/c`);
      expect(last?.Tags).toEqual([{ Key: `team-${prefix}`, Value: 'orders' }]);
      expect(Object.values(last?.SecretVersionsToStages ?? {})).toEqual([['AWSCURRENT']]);
    },
  },
  {
    name: 'a list comes in pages, and each secret once',
    run: async ({ client }) => {
      const prefix = await three(client);
      const request = { Filters: named(prefix), MaxResults: 2 };
      const first = await client.send(new ListSecretsCommand(request));
      const second = await client.send(new ListSecretsCommand({ ...request, NextToken: first.NextToken }));
      expect([first.SecretList?.length, second.SecretList?.length, second.NextToken]).toEqual([
        2,
        1,
        undefined,
      ]);
      const all = [...(first.SecretList ?? []), ...(second.SecretList ?? [])].map(({ Name }) => Name);
      expect(new Set(all).size).toBe(3);
    },
  },
  {
    name: 'a list is narrowed by tag, and by what must not be',
    run: async ({ client }) => {
      const prefix = await three(client);
      const tagged: Filter = { Key: 'tag-key', Values: [`team-${prefix}`] };
      expect(await names(client, [tagged])).toEqual([`${prefix}/c`]);
      const others: Filter = { Key: 'name', Values: [`!${prefix}/b`] };
      expect(await names(client, [...named(prefix), others])).toEqual([`${prefix}/a`, `${prefix}/c`]);
    },
  },
  {
    name: 'a secret marked for deletion is listed only when it is asked for',
    run: async ({ client }) => {
      const prefix = await three(client);
      await client.send(new DeleteSecretCommand({ SecretId: `${prefix}/a` }));
      expect(await names(client, named(prefix))).toEqual([`${prefix}/b`, `${prefix}/c`]);
      const all = await names(client, named(prefix), { IncludePlannedDeletion: true });
      expect(all).toHaveLength(3);
    },
  },
];

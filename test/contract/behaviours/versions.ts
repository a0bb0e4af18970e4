import { ListSecretVersionIdsCommand } from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { history, put, refusal, type Subject } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

export const versions: Behaviour[] = [
  {
    name: 'ListSecretVersionIds leaves out versions without a label',
    run: async ({ client }) => {
      const made = await history(client, 3);
      expect((await list(client, made.id, {})).toSorted()).toEqual(made.versions.slice(1).toSorted());
    },
  },
  {
    name: 'ListSecretVersionIds with IncludeDeprecated lists all versions',
    run: async ({ client }) => {
      const made = await history(client, 3);
      const all = await list(client, made.id, { IncludeDeprecated: true });
      expect(all.toSorted()).toEqual(made.versions.toSorted());
    },
  },
  {
    name: 'ListSecretVersionIds comes in pages',
    run: async ({ client }) => {
      const made = await history(client, 3);
      const request = { SecretId: made.id, IncludeDeprecated: true, MaxResults: 2 };
      const first = await client.send(new ListSecretVersionIdsCommand(request));
      expect(first.Versions).toHaveLength(2);
      const rest = await client.send(
        new ListSecretVersionIdsCommand({ ...request, NextToken: first.NextToken }),
      );
      expect(rest.NextToken).toBeUndefined();
      const ids = [...(first.Versions ?? []), ...(rest.Versions ?? [])].map(({ VersionId }) => VersionId);
      expect(ids.toSorted()).toEqual(made.versions.toSorted());
    },
  },
  {
    name: 'a NextToken that nobody gave is refused',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const refused = await refusal(list(client, id, { NextToken: 'made-up' }));
      expect(refused).toMatchObject({ name: 'InvalidNextTokenException' });
    },
  },
  {
    // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
    name: 'the 101st version within a day is refused',
    run: async ({ client }) => {
      const { id } = await history(client, 100);
      expect(await refusal(put(client, id))).toMatchObject({ name: 'LimitExceededException' });
    },
  },
];

async function list(
  client: Subject['client'],
  SecretId: string,
  options: object,
): Promise<(string | undefined)[]> {
  const { Versions } = await client.send(new ListSecretVersionIdsCommand({ SecretId, ...options }));
  return (Versions ?? []).map(({ VersionId }) => VersionId);
}

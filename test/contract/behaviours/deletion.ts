import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { history, put, read, refusal, type Subject } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

export const deletion: Behaviour[] = [
  {
    name: 'tags are added, replaced and removed',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const pairs = { a: '1', b: '2' };
      const Tags = Object.entries(pairs).map(([Key, Value]) => ({ Key, Value }));
      await client.send(new TagResourceCommand({ SecretId: id, Tags }));
      await client.send(new TagResourceCommand({ SecretId: id, Tags: [{ Key: 'b', Value: '3' }] }));
      await client.send(new UntagResourceCommand({ SecretId: id, TagKeys: ['a'] }));
      const answer = await client.send(new DescribeSecretCommand({ SecretId: id }));
      expect(answer.Tags).toEqual([{ Key: 'b', Value: '3' }]);
    },
  },
  {
    name: 'a secret marked for deletion is neither read nor written',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      await client.send(new DeleteSecretCommand({ SecretId: id }));
      for (const call of [read(client, id), put(client, id)])
        expect(await refusal(call)).toMatchObject({ name: 'InvalidRequestException' });
    },
  },
  {
    name: 'a secret marked for deletion is described, with the day it goes',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      await client.send(new DeleteSecretCommand({ SecretId: id, RecoveryWindowInDays: 7 }));
      const { DeletedDate } = await client.send(new DescribeSecretCommand({ SecretId: id }));
      expect(((DeletedDate?.getTime() ?? 0) - Date.now()) / 86_400_000).toBeCloseTo(7, 1);
    },
  },
  {
    // Recorded from the real service: see RECORDED in moto-differences.ts.
    name: 'the name of a secret marked for deletion is not free',
    run: async ({ client }) => {
      const { id, name } = await history(client, 1);
      await client.send(new DeleteSecretCommand({ SecretId: id }));
      const again = client.send(new CreateSecretCommand({ Name: name, SecretString: 'a' }));
      expect(await refusal(again)).toMatchObject({ name: 'InvalidRequestException' });
    },
  },
  ...[6, 31].map((RecoveryWindowInDays) => ({
    name: `a recovery window of ${RecoveryWindowInDays} days is refused`,
    run: async ({ client }: Subject) => {
      const { id } = await history(client, 1);
      const request = new DeleteSecretCommand({ SecretId: id, RecoveryWindowInDays });
      expect(await refusal(client.send(request))).toMatchObject({ name: 'InvalidParameterException' });
    },
  })),
  {
    name: 'a recovery window with a forced deletion is refused',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const both = { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true };
      const refused = await refusal(client.send(new DeleteSecretCommand({ SecretId: id, ...both })));
      expect(refused).toMatchObject({ name: 'InvalidParameterException' });
    },
  },
  {
    name: 'a forced deletion is final, and no error when repeated',
    run: async ({ client }) => {
      const { id, name } = await history(client, 1);
      const force = () =>
        client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
      await force();
      expect(await refusal(read(client, id))).toMatchObject({ name: 'ResourceNotFoundException' });
      await expect(force()).resolves.toMatchObject({ Name: name });
    },
  },
];

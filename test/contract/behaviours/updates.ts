import { randomUUID } from 'node:crypto';
import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  RestoreSecretCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { history, read, refusal, stages } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

export const updates: Behaviour[] = [
  {
    name: 'an update with a value makes a version that is AWSCURRENT',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 1);
      const ClientRequestToken = randomUUID();
      const update = new UpdateSecretCommand({ SecretId: id, SecretString: 'updated', ClientRequestToken });
      expect(await client.send(update)).toMatchObject({ ARN: id, VersionId: ClientRequestToken });
      expect(await read(client, id)).toBe('updated');
      expect(await stages(client, id)).toEqual({
        [ClientRequestToken]: ['AWSCURRENT'],
        [versions[0]]: ['AWSPREVIOUS'],
      });
    },
  },
  {
    name: 'an update without a value changes description and key, and makes no version',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 1);
      const KmsKeyId = 'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-666666666666';
      const update = new UpdateSecretCommand({ SecretId: id, Description: 'of orders', KmsKeyId });
      expect((await client.send(update)).VersionId).toBeUndefined();
      const described = await client.send(new DescribeSecretCommand({ SecretId: id }));
      expect(described).toMatchObject({ Description: 'of orders', KmsKeyId });
      expect(described.VersionIdsToStages).toEqual({ [versions[0]]: ['AWSCURRENT'] });
    },
  },
  {
    name: 'an update of a secret marked for deletion is refused',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      await client.send(new DeleteSecretCommand({ SecretId: id }));
      const update = client.send(new UpdateSecretCommand({ SecretId: id, Description: 'late' }));
      expect(await refusal(update)).toMatchObject({ name: 'InvalidRequestException' });
    },
  },
  {
    name: 'a secret that is restored is read again, with its versions',
    run: async ({ client }) => {
      const { id, name } = await history(client, 2);
      await client.send(new DeleteSecretCommand({ SecretId: id }));
      expect(await client.send(new RestoreSecretCommand({ SecretId: name }))).toMatchObject({
        ARN: id,
        Name: name,
      });
      expect(await read(client, id)).toBe('value 1');
      expect(await read(client, id, { VersionStage: 'AWSPREVIOUS' })).toBe('value 0');
      const { DeletedDate } = await client.send(new DescribeSecretCommand({ SecretId: id }));
      expect(DeletedDate).toBeUndefined();
    },
  },
  {
    name: 'what was deleted without recovery is not restored',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      await client.send(new DeleteSecretCommand({ SecretId: id, ForceDeleteWithoutRecovery: true }));
      const restored = client.send(new RestoreSecretCommand({ SecretId: id }));
      expect(await refusal(restored)).toMatchObject({ name: 'ResourceNotFoundException' });
    },
  },
];

import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { history, read, refusal } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

export const values: Behaviour[] = [
  {
    name: 'a value of 65536 bytes is kept whole',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const SecretString = 'x'.repeat(65_536);
      await client.send(new PutSecretValueCommand({ SecretId: id, SecretString }));
      expect((await read(client, id))?.length).toBe(65_536);
    },
  },
  {
    // https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
    name: 'a value of 65537 bytes is refused',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const request = { SecretId: id, SecretString: 'x'.repeat(65_537) };
      expect(await refusal(client.send(new PutSecretValueCommand(request)))).toMatchObject({
        name: 'ValidationException',
      });
    },
  },
  {
    name: 'bytes come back as they went in',
    run: async ({ client }) => {
      const SecretBinary = Uint8Array.of(0, 1, 128, 255);
      const { ARN } = await client.send(new CreateSecretCommand({ Name: randomUUID(), SecretBinary }));
      const answer = await client.send(new GetSecretValueCommand({ SecretId: ARN }));
      expect(answer.SecretString).toBeUndefined();
      expect(answer.SecretBinary).toEqual(SecretBinary);
    },
  },
  {
    name: 'text and bytes together are refused',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const both = { SecretId: id, SecretString: 'a', SecretBinary: Uint8Array.of(1) };
      expect(await refusal(client.send(new PutSecretValueCommand(both)))).toMatchObject({
        name: 'InvalidParameterException',
      });
    },
  },
  {
    name: 'PutSecretValue without a value is refused',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const refused = await refusal(client.send(new PutSecretValueCommand({ SecretId: id })));
      expect(refused).toMatchObject({ name: 'InvalidRequestException' });
    },
  },
];

import { randomUUID } from 'node:crypto';
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { history, read, refusal } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

export const reads: Behaviour[] = [
  {
    name: 'a secret that does not exist is not found, with HTTP status 400',
    run: async ({ client }) => {
      expect(await refusal(read(client, randomUUID()))).toMatchObject({
        name: 'ResourceNotFoundException',
        message: "Secrets Manager can't find the specified secret.",
        $metadata: { httpStatusCode: 400 },
      });
    },
  },
  {
    name: 'a label on no version is not found, and the error names the label',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      expect(await refusal(read(client, id, { VersionStage: 'AWSPENDING' }))).toMatchObject({
        name: 'ResourceNotFoundException',
        message: expect.stringContaining('secret value for staging label: AWSPENDING'),
      });
    },
  },
  {
    name: 'a version id that does not exist is not found, and the error names it',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const VersionId = randomUUID();
      expect(await refusal(read(client, id, { VersionId }))).toMatchObject({
        name: 'ResourceNotFoundException',
        message: expect.stringContaining(`secret value for VersionId: ${VersionId}`),
      });
    },
  },
  {
    name: 'a version id and a label that disagree are refused',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 2);
      const disagreeing = { VersionId: versions[0], VersionStage: 'AWSCURRENT' };
      expect(await refusal(read(client, id, disagreeing))).toMatchObject({
        name: 'InvalidRequestException',
        message: 'You provided a VersionStage that is not associated to the provided VersionId.',
      });
    },
  },
  {
    name: 'a version id and a label that agree are read',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 2);
      const agreeing = { VersionId: versions[0], VersionStage: 'AWSPREVIOUS' };
      expect(await read(client, id, agreeing)).toBe('value 0');
    },
  },
  {
    name: 'a secret is found by name, by ARN, and by ARN without its six-character suffix',
    run: async ({ client }) => {
      const { id, name } = await history(client, 1);
      expect(id).toMatch(new RegExp(`:secret:${name}-[A-Za-z0-9]{6}$`));
      for (const secretId of [name, id, id.slice(0, -7)])
        expect(await read(client, secretId)).toBe('value 0');
    },
  },
  {
    name: 'an ARN with another suffix is not found',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const refused = await refusal(read(client, `${id.slice(0, -6)}______`));
      expect(refused).toMatchObject({ name: 'ResourceNotFoundException' });
    },
  },
  {
    name: 'LastAccessedDate is absent until the first read, and then has only a day',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const describe = () => client.send(new DescribeSecretCommand({ SecretId: id }));
      expect((await describe()).LastAccessedDate).toBeUndefined();
      await read(client, id);
      expect((await describe()).LastAccessedDate?.toISOString() ?? 'never').toMatch(/T00:00:00.000Z$/);
    },
  },
];

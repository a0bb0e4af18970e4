import { randomUUID } from 'node:crypto';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { history, put, read, refusal, type Subject, stages } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

export const tokens: Behaviour[] = [
  {
    name: 'the same value put again with the same token changes nothing',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 2);
      const again = { SecretId: id, ClientRequestToken: versions[0], SecretString: 'value 0' };
      expect(await client.send(new PutSecretValueCommand(again))).toMatchObject({ VersionId: versions[0] });
      expect(await stages(client, id)).toEqual({
        [versions[0]]: ['AWSPREVIOUS'],
        [versions[1]]: ['AWSCURRENT'],
      });
    },
  },
  {
    name: 'another value put with the same token is refused',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 1);
      const other = { SecretId: id, ClientRequestToken: versions[0], SecretString: 'other' };
      expect(await refusal(client.send(new PutSecretValueCommand(other)))).toMatchObject({
        name: 'ResourceExistsException',
        message: expect.stringContaining(`You can't use ClientRequestToken ${versions[0]}`),
      });
      expect(await read(client, id)).toBe('value 0');
    },
  },
  {
    name: 'another value put with the token of AWSPENDING is refused',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const pending = await put(client, id, ['AWSPENDING']);
      const other = { SecretId: id, ClientRequestToken: pending, SecretString: 'other' };
      const again = client.send(new PutSecretValueCommand({ ...other, VersionStages: ['AWSPENDING'] }));
      expect(await refusal(again)).toMatchObject({ name: 'ResourceExistsException' });
    },
  },
  ...[31, 65].map((length) => ({
    name: `a token of ${length} characters is refused`,
    run: async ({ client }: Subject) => {
      const { id } = await history(client, 1);
      const request = { SecretId: id, SecretString: 'a', ClientRequestToken: 'x'.repeat(length) };
      expect(await refusal(client.send(new PutSecretValueCommand(request)))).toMatchObject({
        name: 'InvalidParameterException',
      });
    },
  })),
  {
    // Recorded from the real service: see RECORDED in moto-differences.ts.
    name: 'a call without a token, which SDKs never send, is refused',
    run: async ({ client, raw }) => {
      const { id } = await history(client, 1);
      const { status, body } = await raw('PutSecretValue', { SecretId: id, SecretString: 'a' });
      expect({ status, error: body['__type'] }).toEqual({ status: 400, error: 'InvalidRequestException' });
    },
  },
  {
    name: 'CreateSecret repeated with the same token and value is answered as before',
    run: async ({ client }) => {
      const request = { Name: randomUUID(), ClientRequestToken: randomUUID(), SecretString: 'a' };
      const first = await client.send(new CreateSecretCommand(request));
      const second = await client.send(new CreateSecretCommand(request));
      expect(second).toMatchObject({ ARN: first.ARN, VersionId: first.VersionId });
    },
  },
  {
    name: 'CreateSecret of a name that exists is refused',
    run: async ({ client }) => {
      const { name } = await history(client, 1);
      const again = client.send(new CreateSecretCommand({ Name: name, SecretString: 'a' }));
      expect(await refusal(again)).toMatchObject({ name: 'ResourceExistsException' });
    },
  },
];

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html */
import {
  BatchGetSecretValueCommand,
  DescribeSecretCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  type SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { CLOSED_KEY, GUEST, history, OPEN_KEY, put, read, refusal } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

const may = (...Action: string[]) => ({
  ...{ Effect: 'Allow', Principal: { AWS: GUEST }, Resource: '*' },
  Action: Action.map((name) => `secretsmanager:${name}`),
});

const attach = (client: SecretsManagerClient, SecretId: string, ...Statement: object[]) =>
  client.send(
    new PutResourcePolicyCommand({
      SecretId,
      ResourcePolicy: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );

const encrypt = (client: SecretsManagerClient, SecretId: string, KmsKeyId: string) =>
  client.send(new UpdateSecretCommand({ SecretId, KmsKeyId }));

export const accounts: Behaviour[] = [
  {
    name: 'a name is looked for among the secrets of the caller’s own account',
    run: async ({ client, guest }) => {
      const { name } = await history(client, 1);
      expect(await refusal(read(guest, name))).toMatchObject({ name: 'ResourceNotFoundException' });
      const { SecretList = [] } = await guest.send(new ListSecretsCommand({}));
      expect(SecretList.map(({ Name }) => Name)).not.toContain(name);
    },
  },
  {
    name: 'without a policy no secret is read by another account, and none is said not to be there',
    run: async ({ client, guest }) => {
      const { id } = await history(client, 1);
      await encrypt(client, id, OPEN_KEY);
      for (const secretId of [id, `${id}x`])
        expect(await refusal(read(guest, secretId))).toMatchObject({
          name: 'AccessDeniedException',
          message: expect.stringContaining('because no resource-based policy allows'),
        });
    },
  },
  {
    name: 'another account does with a secret what the policy allows it, and no more',
    run: async ({ client, guest }) => {
      const { id } = await history(client, 1);
      await encrypt(client, id, OPEN_KEY);
      await attach(client, id, may('DescribeSecret', 'GetSecretValue'));
      expect(await read(guest, id)).toBe('value 0');
      expect((await guest.send(new DescribeSecretCommand({ SecretId: id }))).ARN).toBe(id);
      expect(await refusal(put(guest, id))).toMatchObject({ name: 'AccessDeniedException' });
    },
  },
  {
    name: 'another account gets no value that is encrypted with aws/secretsmanager, and puts none',
    run: async ({ client, guest }) => {
      const { id } = await history(client, 1);
      await attach(client, id, may('*'));
      expect((await guest.send(new DescribeSecretCommand({ SecretId: id }))).ARN).toBe(id);
      for (const call of [read(guest, id), put(guest, id)])
        expect(await refusal(call)).toMatchObject({
          name: 'InvalidRequestException',
          message: expect.stringContaining('with the default KMS service key'),
        });
    },
  },
  {
    name: 'another account gets no value whose key is not open to it',
    run: async ({ client, guest }) => {
      const { id } = await history(client, 1);
      await encrypt(client, id, CLOSED_KEY);
      await attach(client, id, may('GetSecretValue'));
      expect(await refusal(read(guest, id))).toMatchObject({
        name: 'AccessDeniedException',
        message: 'Access to KMS is not allowed',
      });
    },
  },
  {
    name: 'a batch does not reach into another account',
    run: async ({ client, guest }) => {
      const { id } = await history(client, 1);
      await encrypt(client, id, OPEN_KEY);
      await attach(client, id, may('*'));
      const batch = new BatchGetSecretValueCommand({ SecretIdList: [id] });
      const { SecretValues, Errors = [] } = await guest.send(batch);
      expect([SecretValues, Errors.map(({ SecretId }) => SecretId)]).toEqual([[], [id]]);
    },
  },
  {
    name: 'what the policy denies is denied in the secret’s own account too, and in a batch',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const Action = 'secretsmanager:GetSecretValue';
      await attach(client, id, { Effect: 'Deny', Principal: '*', Action, Resource: '*' });
      expect(await refusal(read(client, id))).toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining('with an explicit deny in a resource-based policy'),
      });
      const batch = new BatchGetSecretValueCommand({ SecretIdList: [id] });
      const { SecretValues, Errors } = await client.send(batch);
      expect([SecretValues, Errors]).toMatchObject([
        [],
        [{ SecretId: id, ErrorCode: 'AccessDeniedException' }],
      ]);
      expect((await client.send(new DescribeSecretCommand({ SecretId: id }))).ARN).toBe(id);
    },
  },
];

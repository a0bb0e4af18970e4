import {
  DeleteResourcePolicyCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
  ValidateResourcePolicyCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { history, refusal } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

const policy = (Principal: unknown): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'secretsmanager:GetSecretValue', Resource: '*' }],
  });
const OF_ONE = policy({ AWS: 'arn:aws:iam::111122223333:role/reader' });
const OF_ALL = policy('*');

export const policies: Behaviour[] = [
  {
    name: 'a resource policy is put, read and deleted',
    run: async ({ client }) => {
      const { id, name } = await history(client, 1);
      const asked = () => client.send(new GetResourcePolicyCommand({ SecretId: id }));
      expect((await asked()).ResourcePolicy).toBeUndefined();
      await client.send(new PutResourcePolicyCommand({ SecretId: id, ResourcePolicy: OF_ONE }));
      expect(await asked()).toMatchObject({ ARN: id, Name: name, ResourcePolicy: OF_ONE });
      await client.send(new DeleteResourcePolicyCommand({ SecretId: id }));
      expect((await asked()).ResourcePolicy).toBeUndefined();
    },
  },
  {
    name: 'a policy that is no policy is refused',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const put = client.send(new PutResourcePolicyCommand({ SecretId: id, ResourcePolicy: '{"no' }));
      expect(await refusal(put)).toMatchObject({ name: 'MalformedPolicyDocumentException' });
    },
  },
  {
    name: 'a policy for everybody is refused where that is blocked',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const request = { SecretId: id, ResourcePolicy: OF_ALL, BlockPublicPolicy: true };
      const put = client.send(new PutResourcePolicyCommand(request));
      expect(await refusal(put)).toMatchObject({ name: 'PublicPolicyException' });
    },
  },
  {
    name: 'a policy is judged without being put',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const judged = async (ResourcePolicy: string) =>
        (await client.send(new ValidateResourcePolicyCommand({ SecretId: id, ResourcePolicy })))
          .PolicyValidationPassed;
      expect([await judged(OF_ONE), await judged(OF_ALL)]).toEqual([true, false]);
      const { ResourcePolicy } = await client.send(new GetResourcePolicyCommand({ SecretId: id }));
      expect(ResourcePolicy).toBeUndefined();
    },
  },
];

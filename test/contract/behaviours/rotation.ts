import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { history, refusal, type Subject } from '../subject.ts';
import type { Behaviour } from './behaviour.ts';

const FUNCTION_ARN = 'arn:aws:lambda:eu-central-1:111122223333:function:not-there';

export const rotation: Behaviour[] = [
  {
    name: 'a secret never configured for rotation has no RotationEnabled',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const answer = await client.send(new DescribeSecretCommand({ SecretId: id }));
      expect(answer).not.toHaveProperty('RotationEnabled');
    },
  },
  {
    // Recorded from the real service: see RECORDED in moto-differences.ts.
    name: 'RotateSecret without a function ever set is refused',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      expect(await refusal(client.send(new RotateSecretCommand({ SecretId: id })))).toMatchObject({
        name: 'InvalidRequestException',
        message: 'No Lambda rotation function ARN is associated with this secret.',
      });
    },
  },
  {
    name: 'RotateSecret with a function that cannot be invoked is refused',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const request = { SecretId: id, RotationLambdaARN: FUNCTION_ARN };
      expect(await refusal(client.send(new RotateSecretCommand(request)))).toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining('Secrets Manager cannot invoke the specified Lambda function.'),
      });
    },
  },
  {
    name: 'a refused RotateSecret leaves the secret as it was',
    run: async ({ client }) => {
      const { id, versions } = await history(client, 1);
      const request = { SecretId: id, RotationLambdaARN: FUNCTION_ARN };
      await refusal(client.send(new RotateSecretCommand(request)));
      const answer = await client.send(new DescribeSecretCommand({ SecretId: id }));
      expect(answer).not.toHaveProperty('RotationLambdaARN');
      expect(answer.VersionIdsToStages).toEqual({ [versions[0]]: ['AWSCURRENT'] });
    },
  },
  ...[0, 1001].map((AutomaticallyAfterDays) => ({
    name: `a rotation every ${AutomaticallyAfterDays} days is refused`,
    run: async ({ client }: Subject) => {
      const { id } = await history(client, 1);
      const rules = { RotationLambdaARN: FUNCTION_ARN, RotationRules: { AutomaticallyAfterDays } };
      const refused = await refusal(client.send(new RotateSecretCommand({ SecretId: id, ...rules })));
      expect(refused).toMatchObject({ name: 'InvalidParameterException' });
    },
  })),
  {
    name: 'CancelRotateSecret of a secret never configured is refused',
    run: async ({ client }) => {
      const { id } = await history(client, 1);
      const refused = await refusal(client.send(new CancelRotateSecretCommand({ SecretId: id })));
      expect(refused).toMatchObject({ name: 'InvalidRequestException' });
    },
  },
];

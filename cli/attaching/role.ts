/** What there is to know of the function's role, the secret's key and its policy, before IAM is asked. */
import { DescribeKeyCommand, GetKeyPolicyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import type { Clients } from './clients.ts';
import type { RotationFunction } from './deployment.ts';
import { type Subject, whatIsMissing } from './finish.ts';
import { asked } from './mistake.ts';
import { readPolicy } from './policies.ts';
import type { Secret } from './secret.ts';

/** @returns what keeps a rotation from being finished; nothing when nothing does */
export async function mayFinish(
  { lambda, iam, kms }: Clients,
  { arn, description, policy }: Secret,
  { arn: functionArn, name }: RotationFunction,
): Promise<string[]> {
  const configuration = lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  const { Role = '' } = await asked('lambda:GetFunctionConfiguration', configuration);
  const key = await keyOf(kms, description.KmsKeyId);
  const tags = description.Tags ?? [];
  return whatIsMissing(iam, { roleArn: Role, functionArn, secretArn: arn, secretPolicy: policy, tags, key });
}

/** The key aws/secretsmanager lets everybody of the account in who comes by way of Secrets Manager. */
async function keyOf(kms: KMSClient, keyId: string | undefined): Promise<Subject['key']> {
  if (keyId === undefined) return undefined;
  const { KeyMetadata } = await asked('kms:DescribeKey', kms.send(new DescribeKeyCommand({ KeyId: keyId })));
  if (KeyMetadata?.KeyManager === 'AWS') return undefined;
  const arn = KeyMetadata?.Arn ?? keyId;
  const { Policy } = await asked('kms:GetKeyPolicy', kms.send(new GetKeyPolicyCommand({ KeyId: arn })));
  return { arn, policy: readPolicy(Policy) ?? { Version: '2012-10-17', Statement: [] } };
}

/** What there is to know of the function's role, the secret's key and its policy, before IAM is asked. */
import { DescribeKeyCommand, GetKeyPolicyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import type { Clients } from './clients.ts';
import type { RotationFunction } from './deployment.ts';
import { type Subject, whatIsMissing } from './finish.ts';
import { asked, isNamed, Mistake } from './mistake.ts';
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
  if (keyId === undefined || keyId.endsWith('alias/aws/secretsmanager')) return undefined;
  const describe = kms.send(new DescribeKeyCommand({ KeyId: keyId })).catch(denied(keyId));
  const { KeyMetadata } = await asked('kms:DescribeKey', describe);
  if (KeyMetadata?.KeyManager === 'AWS') return undefined;
  const arn = KeyMetadata?.Arn ?? keyId;
  const { Policy } = await asked('kms:GetKeyPolicy', kms.send(new GetKeyPolicyCommand({ KeyId: arn })));
  return { arn, policy: readPolicy(Policy) ?? { Version: '2012-10-17', Statement: [] } };
}

/** The operators' policy has the keys that the deployment lists, as the functions' roles have. */
const denied = (keyId: string) => (error: unknown) => {
  if (isNamed(error, 'AccessDeniedException'))
    throw new Mistake(
      `you may not look at the secret's key ${keyId}: list it in secretKeys of the deployment, which lets the function use it too`,
    );
  throw error;
};

/** The secret to be attached, as its description tells it, and what refuses it at once. */
import {
  DescribeSecretCommand,
  type DescribeSecretResponse,
  GetResourcePolicyCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { asked, isNamed, Mistake } from './mistake.ts';
import { type Policy, readPolicy } from './policies.ts';

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly description: DescribeSecretResponse;
  readonly policy: Policy | undefined;
}

/** @throws Mistake for a secret that does not exist, or that no function may rotate */
export async function secretNamed(client: SecretsManagerClient, secretId: string): Promise<Secret> {
  const region = await asked('secretsmanager:DescribeSecret', client.config.region());
  const describe = client.send(new DescribeSecretCommand({ SecretId: secretId }));
  const description = await asked('secretsmanager:DescribeSecret', describe.catch(absent(secretId, region)));
  const reason = refusalOf(description, region);
  if (reason !== undefined) throw new Mistake(`${secretId} ${reason}`);
  const { ARN: arn = '', Name: name = '' } = description;
  const get = client.send(new GetResourcePolicyCommand({ SecretId: arn }));
  const { ResourcePolicy } = await asked('secretsmanager:GetResourcePolicy', get);
  return { arn, name, description, policy: readPolicy(ResourcePolicy) };
}

/** @returns what is wrong, to follow the secret's name; undefined when a function may rotate it */
export function refusalOf(
  { DeletedDate, OwningService, PrimaryRegion }: DescribeSecretResponse,
  region: string,
): string | undefined {
  if (DeletedDate !== undefined)
    return 'is marked for deletion: restore it first (aws secretsmanager restore-secret)';
  if (OwningService !== undefined)
    return `belongs to the AWS service ${OwningService}, which rotates it itself: use it as a superuser secret, or leave it`;
  if (PrimaryRegion !== undefined && PrimaryRegion !== region)
    return `is a replica: attach the secret in ${PrimaryRegion}, its primary Region`;
  return undefined;
}

const absent = (secretId: string, region: string) => (error: unknown) => {
  if (isNamed(error, 'ResourceNotFoundException'))
    throw new Mistake(
      `there is no secret ${secretId} in ${region}: check the name, or add --region NAME (aws secretsmanager list-secrets shows what there is)`,
    );
  throw error;
};

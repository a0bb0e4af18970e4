/** Secrets that the rotation functions of a stack rotate. */
import {
  paginateListSecrets,
  type SecretListEntry,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { asked } from '../attaching/mistake.ts';

/** @returns their names, in order. @throws Mistake */
export async function attachedSecrets(client: SecretsManagerClient, stack: string): Promise<string[]> {
  const ours = new RegExp(`:function:${stack}-rotate[A-Za-z]+(:|$)`);
  const secrets = await asked('secretsmanager:ListSecrets', all(client));
  return (
    secrets
      // A rotation that was cancelled keeps the function's name.
      .filter(
        ({ RotationEnabled, RotationLambdaARN = '' }) => RotationEnabled && ours.test(RotationLambdaARN),
      )
      .map(({ Name = '' }) => Name)
      .toSorted()
  );
}

async function all(client: SecretsManagerClient): Promise<SecretListEntry[]> {
  const secrets: SecretListEntry[] = [];
  for await (const { SecretList = [] } of paginateListSecrets({ client }, {})) secrets.push(...SecretList);
  return secrets;
}

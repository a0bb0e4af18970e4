/** Secrets that the rotation functions of a stack rotate. */
import { paginateListSecrets, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** @returns their names, in order */
export async function attachedSecrets(client: SecretsManagerClient, stack: string): Promise<string[]> {
  const ours = new RegExp(`:function:${stack}-rotate[A-Za-z]+(:|$)`);
  const names: string[] = [];
  // A rotation that was cancelled keeps the function's name.
  for await (const { SecretList = [] } of paginateListSecrets({ client }, {}))
    for (const { Name = '', RotationEnabled, RotationLambdaARN = '' } of SecretList)
      if (RotationEnabled === true && ours.test(RotationLambdaARN)) names.push(Name);
  return names.toSorted();
}

/** A rotation function as the user guide asks for, without a database, and how to make it fail. */
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { RotationEvent, RotationFunction } from '../../local/secrets-manager/rotation-types.ts';

export interface RotationFunctionOptions {
  readonly client: () => SecretsManagerClient;
  /** Runs before each step; what it throws fails the step. */
  readonly before?: (event: RotationEvent, invocation: number) => unknown;
  readonly passRotationToken?: boolean;
}

export function rotationFunction(options: RotationFunctionOptions): RotationFunction {
  let invocations = 0;
  return async (event) => {
    try {
      await options.before?.(event, ++invocations);
      await run(options, event);
      return { ok: true };
    } catch (error) {
      const { name, message } = error as Error;
      return { ok: false, errorType: name, errorMessage: message };
    }
  };
}

async function run({ client, passRotationToken = true }: RotationFunctionOptions, event: RotationEvent) {
  const { SecretId, ClientRequestToken, RotationToken } = event;
  const { VersionIdsToStages = {} } = await client().send(new DescribeSecretCommand({ SecretId }));
  const labels = VersionIdsToStages[ClientRequestToken] ?? [];
  if (labels.includes('AWSCURRENT')) return;
  if (!labels.includes('AWSPENDING')) throw new Error('The version is not pending.');
  if (event.Step === 'createSecret')
    await client().send(
      new PutSecretValueCommand({
        ...{ SecretId, ClientRequestToken, VersionStages: ['AWSPENDING'] },
        ...(passRotationToken && { RotationToken }),
        SecretString: `made for ${ClientRequestToken}`,
      }),
    );
  if (event.Step === 'finishSecret')
    await client().send(
      new UpdateSecretVersionStageCommand({
        ...{ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: ClientRequestToken },
        RemoveFromVersionId: holderOf(VersionIdsToStages, 'AWSCURRENT'),
      }),
    );
}

const holderOf = (stages: Record<string, string[]>, label: string): string | undefined =>
  Object.keys(stages).find((id) => stages[id]?.includes(label));

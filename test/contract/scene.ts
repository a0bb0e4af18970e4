/** A model with a rotation function, for the tests of what only the model can show. */
import {
  RotateSecretCommand,
  type RotateSecretCommandInput,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { onTestFinished } from 'vitest';
import type {
  RotationEvent,
  RotationFunction,
  StepReport,
} from '../../local/secrets-manager/rotation-types.ts';
import { type SecretsManagerOptions, startSecretsManager } from '../../local/secrets-manager/server.ts';
import { type RotationFunctionOptions, rotationFunction } from './rotation-function.ts';
import { clientOf, history } from './subject.ts';

export const ARN = 'arn:aws:lambda:eu-central-1:111122223333:function:rotate';

/** A model with one secret of one version, and a rotation function for it. */
export async function scene(
  functionOptions: Partial<RotationFunctionOptions> = {},
  options: SecretsManagerOptions = {},
  invoke?: RotationFunction,
) {
  const events: RotationEvent[] = [];
  const recorded: RotationFunction = (event) => {
    events.push(event);
    return (invoke ?? standard)(event);
  };
  const standard = rotationFunction({ client: () => client, ...functionOptions });
  const functions = new Map([[ARN, recorded]]);
  const server = await startSecretsManager({ retryDelayMs: 5, functions, ...options });
  const client: SecretsManagerClient = clientOf(server.endpoint);
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  const reports: StepReport[] = [];
  server.rotations.onStep((report) => reports.push(report));
  const { id, versions } = await history(client, 1);
  return {
    ...{ server, client, id, versions, events },
    rotate: (input: Partial<RotateSecretCommandInput> = {}) =>
      client.send(new RotateSecretCommand({ SecretId: id, RotationLambdaARN: ARN, ...input })),
    outcome: () => server.rotations.whenIdle(id),
    /** `<attempt> <step> <how it ended>`, in order. */
    steps: () =>
      reports
        .filter(({ phase }) => phase !== 'started')
        .map(({ attempt, step, phase }) => `${attempt} ${step} ${phase}`),
  };
}

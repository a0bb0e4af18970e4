/** The secret store through the real AWS SDK, before a model with one secret. */
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeAll, expect, onTestFinished, vi } from 'vitest';
import type { Model, SecretInput } from '../../local/secrets-manager/model.ts';
import { type SecretsManagerOptions, startSecretsManager } from '../../local/secrets-manager/server.ts';
import { secretsManagerStore } from '../../shared/aws/secrets-manager.ts';
import type { KeyturnError } from '../../shared/core/errors.ts';
import type { SecretStore } from '../../shared/rotation/secret-store.ts';
import { failure } from '../support/failure.ts';
import { leaksOf } from '../support/leaks.ts';

export const VALUE = `{"password":"hunter2-'\\u0041-%41"}`;
export const same = (text: string) => text;

/** The credentials and the Region that the SDK finds in a function's environment. */
export const useEnvironment = (): void =>
  beforeAll(() => {
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'unused');
  });

export interface Stage {
  readonly store: SecretStore;
  readonly model: Model;
  /** ARN of a secret with `VALUE` as AWSCURRENT. */
  readonly id: string;
  readonly current: string;
}

export async function stage(
  options: SecretsManagerOptions = {},
  input: Partial<SecretInput> = {},
): Promise<Stage> {
  const server = await startSecretsManager(options);
  onTestFinished(() => server.close());
  const current = randomUUID();
  const { arn } = server.model.create({ name: 'app', SecretString: VALUE, versionId: current, ...input });
  return { store: secretsManagerStore(server.endpoint), model: server.model, id: arn, current };
}

/** A failure that shows nothing of the secret, whichever way it is printed. */
export async function safeFailure(promise: Promise<unknown>): Promise<KeyturnError> {
  const error = await failure(promise);
  const printed = [error.message, error.stack, JSON.stringify(error), inspect(error, { depth: null })].join();
  expect(leaksOf('hunter2', printed)).toEqual([]);
  expect(error.cause).toBeUndefined();
  return error;
}

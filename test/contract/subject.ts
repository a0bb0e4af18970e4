/** The service under test, and the calls that most behaviours begin or end with. */
import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  SecretsManagerServiceException,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { roleCaller } from '../../local/cloudtrail/caller.ts';
import type { SecretsManagerOptions } from '../../local/secrets-manager/server.ts';

export interface Subject {
  readonly client: SecretsManagerClient;
  /** Of the same service, in the Region `FAR`. */
  readonly far: SecretsManagerClient;
  /** Of the same service, as `GUEST`. */
  readonly guest: SecretsManagerClient;
  /** A call as no SDK would make it. */
  raw(action: string, input: object): Promise<{ status: number; body: Record<string, unknown> }>;
}

export const REGION = 'eu-central-1';
export const FAR = 'eu-west-1';

/** A role of another account. */
export const GUEST = 'arn:aws:iam::444455556666:role/guest';
const [, , , , GUEST_ACCOUNT = ''] = GUEST.split(':');
const GUEST_CALLER = 'AKIAGUEST';

/** Customer managed keys, of which the guest may use the first. */
export const OPEN_KEY = `arn:aws:kms:${REGION}:111122223333:key/11111111-0000-0000-0000-000000000000`;
export const CLOSED_KEY = `arn:aws:kms:${REGION}:111122223333:key/22222222-0000-0000-0000-000000000000`;

/** What the model has to know of other accounts and of keys. */
export const SURROUNDINGS: SecretsManagerOptions = {
  callers: new Map([[GUEST_CALLER, roleCaller(GUEST_ACCOUNT, 'guest', GUEST_CALLER)]]),
  keys: new Map([
    [OPEN_KEY, keyPolicyFor(GUEST)],
    [CLOSED_KEY, keyPolicyFor(`arn:aws:iam::${GUEST_ACCOUNT}:role/somebody`)],
  ]),
};

function keyPolicyFor(AWS: string): object {
  const ofSecretsManager = { StringEquals: { 'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com` } };
  const statement = { Effect: 'Allow', Principal: { AWS }, Action: 'kms:Decrypt', Resource: '*' };
  return { Version: '2012-10-17', Statement: [{ ...statement, Condition: ofSecretsManager }] };
}

export const clientOf = (endpoint: string, region = REGION): SecretsManagerClient =>
  new SecretsManagerClient({
    ...{ endpoint, region, maxAttempts: 1 },
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'unused' },
  });

export const subjectAt = (endpoint: string): Subject => ({
  client: clientOf(endpoint),
  far: clientOf(endpoint, FAR),
  guest: guestOf(endpoint),
  raw: async (action, input) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `secretsmanager.${action}`,
        authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/${REGION}/secretsmanager/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(input),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  },
});

/** The model knows the guest by the key, moto by the header. */
function guestOf(endpoint: string): SecretsManagerClient {
  const client = new SecretsManagerClient({
    ...{ endpoint, region: REGION, maxAttempts: 1 },
    credentials: { accessKeyId: GUEST_CALLER, secretAccessKey: 'unused' },
  });
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-moto-account-id'] = GUEST_ACCOUNT;
      return next(args);
    },
    { step: 'build' },
  );
  return client;
}

/** The service's error. @throws AssertionError when the call was answered; else whatever it failed with. */
export async function refusal(call: Promise<unknown>): Promise<SecretsManagerServiceException> {
  const error = await call.then(
    () => expect.unreachable('The call was not refused.'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof SecretsManagerServiceException) return error;
  throw error;
}

export async function stages(
  client: SecretsManagerClient,
  SecretId: string | undefined,
): Promise<Record<string, string[]>> {
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }));
  return VersionIdsToStages ?? {};
}

export async function read(
  client: SecretsManagerClient,
  SecretId: string | undefined,
  which: { VersionId?: string; VersionStage?: string } = {},
): Promise<string | undefined> {
  return (await client.send(new GetSecretValueCommand({ SecretId, ...which }))).SecretString;
}

type AtLeast<N extends number, T> = N extends 1 ? [T] : N extends 2 ? [T, T] : [T, T, T, ...T[]];

/** A new secret in which `value 0`, `value 1`, … were put one after the other. `id` is its ARN. */
export async function history<N extends number>(
  client: SecretsManagerClient,
  count: N,
): Promise<{ id: string; name: string; versions: AtLeast<N, string> }> {
  const name = `test/${randomUUID()}`;
  const versions = Array.from({ length: count }, () => randomUUID() as string);
  const { ARN: id = '' } = await client.send(new CreateSecretCommand({ Name: name, ...entry(versions, 0) }));
  for (let n = 1; n < count; n++)
    await client.send(new PutSecretValueCommand({ SecretId: id, ...entry(versions, n) }));
  return { id, name, versions: versions as AtLeast<N, string> };
}

const entry = (versions: readonly string[], n: number) => ({
  ClientRequestToken: versions[n],
  SecretString: `value ${n}`,
});

/** @returns the id of the version made. */
export async function put(
  client: SecretsManagerClient,
  SecretId: string | undefined,
  VersionStages?: string[],
): Promise<string> {
  const labelled = VersionStages === undefined ? {} : { VersionStages };
  const request = { SecretId, SecretString: randomUUID(), ClientRequestToken: randomUUID(), ...labelled };
  await client.send(new PutSecretValueCommand(request));
  return request.ClientRequestToken;
}

export const move = (
  client: SecretsManagerClient,
  id: string,
  label: string,
  from: string | undefined,
  to: string | undefined,
) =>
  client.send(
    new UpdateSecretVersionStageCommand({
      ...{ SecretId: id, VersionStage: label },
      ...{ RemoveFromVersionId: from, MoveToVersionId: to },
    }),
  );

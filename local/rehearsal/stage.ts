/** A database, the Secrets Manager model and the bundled function, wired together as in an account. */
import { join, resolve } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type FunctionOptions, type LambdaFunction, startFunction } from '../lambda/function.ts';
import type { RotationFunction } from '../secrets-manager/rotation-types.ts';
import {
  type SecretsManager,
  type SecretsManagerOptions,
  startSecretsManager,
} from '../secrets-manager/server.ts';
import type { Cast, DatabaseOnStage, Login } from './cast.ts';

const DIST = resolve(import.meta.dirname, '../../dist');
export const REGION = 'eu-central-1';
export const ACCOUNT = '111122223333';

/** Access key ids, by which the model's callers are told apart. */
export const FUNCTION_CALLER = 'ROTATIONFUNCTION';
const PERSON_CALLER = 'PERSON';

export interface StageOptions extends Partial<Omit<SecretsManagerOptions, 'functions'>> {
  /** Where the function finds the database instead of its own port: a tap's port. */
  readonly databasePort?: number;
  /** Milliseconds until an invocation is stopped. */
  readonly timeoutMs?: number;
  /** Further settings of the function. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs the bundled function; in threads of this process without it. */
  readonly start?: (options: FunctionOptions) => LambdaFunction;
}

export interface Stage extends AsyncDisposable {
  readonly secrets: SecretsManager;
  /** All that Secrets Manager may invoke, by ARN. */
  readonly functions: Map<string, RotationFunction>;
  readonly function: LambdaFunction;
  readonly client: SecretsManagerClient;
  /** Makes the cast's users and secrets, and attaches the function. @returns the secret's ARN */
  enter(cast: Cast, tag: string): Promise<string>;
  /** Starts a rotation. @returns the id of the version being made */
  rotate(secretArn: string): Promise<string>;
  /** What a version holds; AWSCURRENT unless another stage is named. */
  read(secretArn: string, stage?: 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS'): Promise<Login>;
}

export async function startStage(database: DatabaseOnStage, options: StageOptions = {}): Promise<Stage> {
  const { databasePort = database.port, env, timeoutMs, start = startFunction, ...modelOptions } = options;
  const functions = new Map<string, RotationFunction>();
  const secrets = await startSecretsManager({
    region: REGION,
    accountId: ACCOUNT,
    ...modelOptions,
    functions,
  });
  const lambda = start({
    entry: join(DIST, database.functionName, 'index.mjs'),
    name: database.functionName,
    ...(timeoutMs !== undefined && { timeoutMs }),
    env: {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: FUNCTION_CALLER,
      AWS_SECRET_ACCESS_KEY: 'rehearsal',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
      KEYTURN_TLS_CA_FILE: database.caFile,
      KEYTURN_SUPERUSER_SECRETS: 'arn:*:secret:superuser/*',
      KEYTURN_SUPERUSER_TARGETS: `svc_*@${database.host} blue_*@${database.host}`,
      ...env,
    },
  });
  functions.set(lambda.arn, (event) => lambda.invoke(event));
  const client = new SecretsManagerClient({
    region: REGION,
    endpoint: secrets.endpoint,
    credentials: { accessKeyId: PERSON_CALLER, secretAccessKey: 'rehearsal' },
  });
  const where = { engine: database.engine, host: database.host, port: databasePort };

  const create = async (Name: string, fields: object): Promise<string> => {
    const text = JSON.stringify({ ...where, ...fields });
    return (await client.send(new CreateSecretCommand({ Name, SecretString: text }))).ARN ?? '';
  };

  return {
    secrets,
    functions,
    function: lambda,
    client,
    async enter(cast, tag) {
      const { secret, superuser } = await cast.prepare(database, tag);
      const masterarn = superuser && (await create(`superuser/${tag}`, superuser));
      return create(`app/${tag}`, masterarn === undefined ? secret : { ...secret, masterarn });
    },
    async rotate(secretArn) {
      const rotate = {
        SecretId: secretArn,
        RotationLambdaARN: lambda.arn,
        RotationRules: { AutomaticallyAfterDays: 30 },
      };
      return (await client.send(new RotateSecretCommand(rotate))).VersionId ?? '';
    },
    async read(secretArn, stage = 'AWSCURRENT') {
      const read = new GetSecretValueCommand({ SecretId: secretArn, VersionStage: stage });
      return JSON.parse((await client.send(read)).SecretString ?? '{}');
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await lambda.close();
      await secrets.close();
    },
  };
}

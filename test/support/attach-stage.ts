/** A deployment on stage, and the commands that operators run on it, as child processes. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type FunctionOptions, type LambdaFunction, startFunction } from '../../local/lambda/function.ts';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { postgresOnStage } from '../../local/rehearsal/postgres.ts';
import { ACCOUNT, FUNCTION_CALLER, REGION, type Stage, startStage } from '../../local/rehearsal/stage.ts';
import type { Call, Reply } from '../../local/secrets-manager/wire.ts';
import type { PostgresMajor } from '../../local/servers/postgres.ts';
import { type Account, startAccount } from './account-front.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface AttachStage extends AsyncDisposable {
  readonly stage: Stage;
  readonly account: Account;
  readonly database: DatabaseOnStage;
  /** Names of the calls that anybody made to Secrets Manager, with their callers. */
  readonly calls: Call[];
  /** ARNs of secrets that the function may read before it is attached, and not afterwards. */
  readonly failOnceAttached: Set<string>;
  /** Calls back for each call, in place of the one before. */
  onCall(listener: (call: Call) => void): void;
  run(command: 'attach' | 'inventory', ...args: string[]): Promise<Ran>;
  /** The command's environment. */
  readonly env: Readonly<Record<string, string>>;
}

export const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;

/** What the template gives, as far as this matters here. */
const rolePolicy = (functionArn: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map(
        (name) => `secretsmanager:${name}`,
      ),
      Resource: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:app/*`,
      Condition: { StringEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': functionArn } },
    },
    {
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: KEY,
      Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com` } },
    },
  ],
});

export async function startAttachStage(major: PostgresMajor): Promise<AttachStage> {
  const disposables = new AsyncDisposableStack();
  const database = disposables.use(await postgresOnStage(major));
  const calls: Call[] = [];
  let listener: (call: Call) => void = () => {};
  const started: { options?: FunctionOptions } = {};
  const intercept = (call: Call, respond: () => Promise<Reply>): Promise<Reply> => {
    calls.push(call);
    listener(call);
    if (call.action === 'TagResource') unseen.add((call.input as { SecretId: string }).SecretId);
    return isAllowed(call) ? respond() : Promise.resolve(DENIED);
  };
  const stage = disposables.use(
    await startStage(database, {
      retries: 0,
      intercept,
      start: (options) => {
        started.options = options;
        return startFunction(options);
      },
    }),
  );
  /** Secrets whose new tags IAM has not seen yet. */
  const unseen = new Set<string>();
  const failOnceAttached = new Set<string>();
  /** As the role's conditions have it: attached, or tagged for this function. */
  function isAllowed({ caller, input, action }: Call): boolean {
    if (caller !== FUNCTION_CALLER) return true;
    const { SecretId = '' } = input as { SecretId?: string };
    const secret = stage.secrets.model.find(SecretId);
    if (secret === undefined || secret.name.startsWith('superuser/')) return true;
    const attached = secret.rotation?.functionArn === stage.function.arn;
    if (attached) return !failOnceAttached.has(secret.arn);
    if (/^(Put|Update)/.test(action) || secret.tags.get('keyturn:function') !== 'rotate-postgres')
      return false;
    return !unseen.delete(secret.arn);
  }
  const check = disposables.use(
    startFunction({ ...(started.options as FunctionOptions), name: `${database.functionName}:check` }),
  );
  const functions = new Map<string, LambdaFunction>([
    [database.functionName, stage.function],
    [`${database.functionName}:check`, check],
  ]);
  const account = disposables.use(
    await startAccount({
      stack: 'keyturn-dev',
      outputs: { RotatePostgresArn: stage.function.arn },
      functions,
      roleArn: `arn:aws:iam::${ACCOUNT}:role/RotatePostgresRole`,
    }),
  );
  account.rolePolicies = [rolePolicy(stage.function.arn)];
  const env = {
    ...{ AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'OPERATOR', AWS_SECRET_ACCESS_KEY: 'unused' },
    AWS_ENDPOINT_URL: account.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: stage.secrets.endpoint,
    ...{ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
  };
  return {
    ...{ stage, account, database, calls, env, failOnceAttached },
    onCall: (one) => {
      listener = one;
    },
    run: (command, ...args) => run(`cli/${command}.ts`, args, env),
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

const DENIED: Reply = {
  status: 400,
  body: { __type: 'AccessDeniedException', message: 'not authorized to perform this' },
};

async function run(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  const options = { cwd: ROOT, env: { PATH: process.env['PATH'] ?? '', ...env } };
  return await promisify(execFile)(process.execPath, [file, ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Ran) => ({ code, stdout, stderr }),
  );
}

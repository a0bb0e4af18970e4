/** The functions that are deployed to the emulator: how Secrets Manager invokes them, and who they are when they call. */
import { createHash } from 'node:crypto';
import {
  type FunctionConfiguration,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  type LambdaClientConfig,
  ListAliasesCommand,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { type Caller, roleCaller } from '../cloudtrail/caller.ts';
import type { FunctionResult, RotationFunction } from '../secrets-manager/rotation-types.ts';

export interface DeployedFunctions {
  /** Those that Secrets Manager may invoke, by ARN. */
  readonly rotating: Map<string, RotationFunction>;
  /** Sees what the function's policy allows now. */
  admit(functionArn: string): Promise<void>;
  /** By access key id. */
  callers(): Promise<Map<string, Caller>>;
  close(): void;
}

export function deployedFunctions(accountId: string, settings: LambdaClientConfig): DeployedFunctions {
  // An invocation lasts as long as its function may.
  const client = new LambdaClient({ ...settings, maxAttempts: 1 });
  const rotating = new Map<string, RotationFunction>();
  return {
    rotating,
    async admit(functionArn) {
      if (await admitted(client, accountId, functionArn))
        rotating.set(functionArn, (event) => invoke(client, functionArn, event));
      else rotating.delete(functionArn);
    },
    async callers() {
      const { Functions = [] } = await client.send(new ListFunctionsCommand({}));
      const all = await Promise.all(Functions.map((one) => callersFrom(client, accountId, one)));
      return new Map(all.flat());
    },
    close: () => client.destroy(),
  };
}

interface Statement {
  readonly Effect: string;
  readonly Principal: { readonly Service?: string };
  readonly Condition?: { readonly StringEquals?: Readonly<Record<string, string>> };
}

/** More than AWS asks for: without the account, anybody's Secrets Manager could invoke it. */
async function admitted(client: LambdaClient, accountId: string, functionArn: string): Promise<boolean> {
  const answer = await client
    .send(new GetPolicyCommand({ FunctionName: functionArn }))
    .catch(() => undefined);
  const { Statement = [] } = JSON.parse(answer?.Policy ?? '{}') as { Statement?: readonly Statement[] };
  return Statement.some(({ Effect, Principal, Condition }) => {
    const account = Object.entries(Condition?.StringEquals ?? {}).find(([key]) =>
      /^aws:SourceAccount$/i.test(key),
    );
    const service = Principal.Service === 'secretsmanager.amazonaws.com';
    return Effect === 'Allow' && service && account?.[1] === accountId;
  });
}

async function invoke(client: LambdaClient, FunctionName: string, event: object): Promise<FunctionResult> {
  const Payload = Buffer.from(JSON.stringify(event));
  const answer = await client.send(new InvokeCommand({ FunctionName, Payload }));
  if (answer.FunctionError === undefined) return { ok: true };
  return { ok: false, ...JSON.parse(Buffer.from(answer.Payload ?? []).toString() || '{}') };
}

/** A function that was first invoked by an alias has that alias's key. */
async function callersFrom(
  client: LambdaClient,
  accountId: string,
  { FunctionName, FunctionArn = '', Role = '' }: FunctionConfiguration,
): Promise<[string, Caller][]> {
  const { Aliases = [] } = await client.send(new ListAliasesCommand({ FunctionName }));
  const arns = [FunctionArn, ...Aliases.map(({ AliasArn = '' }) => AliasArn)];
  return arns.map((arn) => {
    const key = accessKeyOf(arn, Role);
    return [key, roleCaller(accountId, Role.split('/').at(-1) ?? '', key)];
  });
}

/** As the emulator makes it for the session of a function's role; it tells nobody. */
function accessKeyOf(functionArn: string, role: string): string {
  const digest = createHash('sha256').update(`${functionArn}:${role}`).digest('hex');
  return `ASIA${digest.slice(0, 16).toUpperCase()}`;
}

/** An AWS account on this computer, to deploy to: MiniStack, with our model of Secrets Manager and its CloudTrail in front. */
import { type Caller, roleCaller } from '../cloudtrail/caller.ts';
import type { Rotations } from '../secrets-manager/rotations.ts';
import { startSecretsManager } from '../secrets-manager/server.ts';
import { adopted } from './adopted.ts';
import { deployedFunctions } from './functions.ts';
import { startGateway } from './gateway.ts';
import { logsOf } from './logs.ts';
import { startMinistack } from './ministack.ts';
import { rolesOf } from './roles.ts';
import { type Rules, rulesOf } from './rules.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
const OPERATOR = { accessKeyId: 'AKIAOPERATOR00000001', secretAccessKey: 'of-the-local-account' };

export interface Account extends AsyncDisposable {
  readonly endpoint: string;
  /** The same, for SDK clients, with the credentials of one who may do everything. */
  readonly settings: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Environment variables by which AWS's tools and SDKs use this account, with the same credentials. */
  readonly env: Readonly<Record<string, string>>;
  readonly rotations: Rotations;
  /** What Secrets Manager and CloudTrail told, and the rules it went through. */
  readonly events: Rules;
  /** Those who call Secrets Manager, by access key id. Others can be added. */
  readonly callers: Map<string, Caller>;
}

export interface AccountOptions {
  /** Of the one endpoint; any by default. */
  readonly port?: number;
  /** Environment variables of every deployed function, beside those that the template sets. */
  readonly functionEnv?: Readonly<Record<string, string>>;
}

/** @throws Error when MiniStack is not installed or does not come up. */
export async function startAccount({ port = 0, functionEnv }: AccountOptions = {}): Promise<Account> {
  await using parts = new AsyncDisposableStack();
  const gateway = parts.use(await startGateway(port));
  const ministack = parts.use(
    await startMinistack({
      ...{ accountId: ACCOUNT, region: REGION, credentials: OPERATOR },
      functionEnv: { ...functionEnv, AWS_ENDPOINT_URL: gateway.endpoint },
    }),
  );
  const settings = { endpoint: gateway.endpoint, region: REGION, credentials: OPERATOR };
  const functions = parts.adopt(deployedFunctions(ACCOUNT, settings), (one) => one.close());
  const roles = parts.adopt(rolesOf(settings), (one) => one.close());
  const logs = parts.adopt(logsOf(settings), (one) => one.close());
  const events = parts.adopt(rulesOf(settings), (one) => one.close());
  const callers = new Map([[OPERATOR.accessKeyId, roleCaller(ACCOUNT, 'operator', OPERATOR.accessKeyId)]]);
  const secrets = parts.use(
    await startSecretsManager({
      ...{ region: REGION, accountId: ACCOUNT, bus: events, callers, functions: functions.rotating },
      async intercept({ action, caller, input }, respond) {
        await templates.follow();
        if (!callers.has(caller)) for (const [key, one] of await functions.callers()) callers.set(key, one);
        const { RotationLambdaARN: arn } = input as { RotationLambdaARN?: string };
        if (action === 'RotateSecret' && arn !== undefined) await functions.admit(arn);
        return respond();
      },
    }),
  );
  const templates = parts.adopt(
    adopted(secrets.model, { ...settings, endpoint: ministack.endpoint }),
    (one) => one.close(),
  );
  gateway.open({
    secretsManager: secrets.endpoint,
    others: ministack.endpoint,
    bridges: [roles, logs],
  });
  const owned = parts.move();
  return {
    endpoint: gateway.endpoint,
    settings,
    env: {
      AWS_ENDPOINT_URL: gateway.endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: OPERATOR.accessKeyId,
      AWS_SECRET_ACCESS_KEY: OPERATOR.secretAccessKey,
    },
    rotations: secrets.rotations,
    events,
    callers,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

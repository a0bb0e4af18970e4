/**
 * Who may make a call, by the secret's policy, its key's policy, and the caller's own as far as they are known.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/determine-acccess_examine-iam-policies.html
 */
import { type Caller, principalArnOf } from '../cloudtrail/caller.ts';
import { type Judgement, judge } from '../iam.ts';
import { defaultKey, keyRefused, type ServiceError, unauthorized } from './errors.ts';
import type { Secret } from './secret.ts';

export interface AccessOptions {
  readonly caller: Caller;
  /** Id of the account whose secrets are asked for. */
  readonly owner: string;
  readonly region: string;
  /** Policies of customer managed keys, by the key's ARN. */
  readonly keys: ReadonlyMap<string, object>;
}

/** What a call that touches a value does with the key. */
const KEY_USES: Readonly<Record<string, string>> = {
  GetSecretValue: 'kms:Decrypt',
  PutSecretValue: 'kms:GenerateDataKey',
  UpdateSecret: 'kms:GenerateDataKey',
};
const DEFAULT_KEY = 'alias/aws/secretsmanager';
const EVERYTHING = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

export class Access {
  readonly #options: AccessOptions;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /**
   * @param id as the caller gave it
   * @param secret that it is the id of, if there is one
   * @returns why the call is refused; `undefined` when it is not
   */
  async refusal(action: string, id: string, secret: Secret | undefined): Promise<ServiceError | undefined> {
    // Whether a partial ARN reaches into another account is not documented; to give the whole one is.
    const found = this.#isForeign && secret?.arn !== id ? undefined : secret;
    if (!this.#isForeign && found?.policy === undefined && this.#options.caller.policies === undefined)
      return undefined;
    const policy: object | undefined = found?.policy === undefined ? undefined : JSON.parse(found.policy);
    const judgement = await this.#judge(`secretsmanager:${action}`, this.#arnOf(id, found), policy);
    if (judgement.result !== 'Allowed') return this.#unauthorized(action, id, judgement);
    return found !== undefined && this.#isForeign ? await this.#refusalOfKey(action, found) : undefined;
  }

  /** Why which secrets are not read, by ARN: a batch leaves them out. */
  async refusedReads(secrets: readonly Secret[]): Promise<Map<string, ServiceError>> {
    const refused = new Map<string, ServiceError>();
    for (const secret of secrets) {
      const refusal = await this.refusal('GetSecretValue', secret.arn, secret);
      if (refusal !== undefined) refused.set(secret.arn, refusal);
    }
    return refused;
  }

  get #isForeign(): boolean {
    return this.#options.caller.identity.accountId !== this.#options.owner;
  }

  /** Its own account's callers are not asked for what they may do with the key. */
  async #refusalOfKey(
    action: string,
    { arn, kmsKeyId = DEFAULT_KEY }: Secret,
  ): Promise<ServiceError | undefined> {
    const use = KEY_USES[action];
    if (use === undefined) return undefined;
    if (kmsKeyId.endsWith(DEFAULT_KEY)) return defaultKey();
    // A key that is not named by its ARN would be one of the caller's account.
    const policy = this.#options.keys.get(kmsKeyId);
    if (policy === undefined) return keyRefused();
    const { result } = await this.#judge(use, kmsKeyId, policy, {
      'kms:ViaService': `secretsmanager.${this.#options.region}.amazonaws.com`,
      'kms:EncryptionContext:SecretARN': arn,
    });
    return result === 'Allowed' ? undefined : keyRefused();
  }

  #judge(action: string, resource: string, policy: object | undefined, context = {}): Promise<Judgement> {
    const { caller, owner } = this.#options;
    return judge({
      principal: caller.identity.arn,
      ...{ action, resource, owner },
      context: {
        'aws:PrincipalArn': principalArnOf(caller),
        'aws:PrincipalAccount': caller.identity.accountId,
        'aws:SecureTransport': 'true',
        ...context,
      },
      own: caller.policies ?? [EVERYTHING],
      resourcePolicy: policy,
    });
  }

  /** Of a name that nothing has, what the ARN would be but for its suffix. */
  #arnOf(id: string, secret: Secret | undefined): string {
    const { owner, region } = this.#options;
    if (secret !== undefined) return secret.arn;
    return id.startsWith('arn:') ? id : `arn:aws:secretsmanager:${region}:${owner}:secret:${id}`;
  }

  #unauthorized(action: string, id: string, { result, by }: Judgement): ServiceError {
    const call = `secretsmanager:${action}`;
    const why =
      result === 'ExplicitlyDenied'
        ? `with an explicit deny in ${by === 'identity' ? 'an identity' : 'a resource'}-based policy`
        : `because no ${by}-based policy allows the ${call} action`;
    return unauthorized(
      `User: ${this.#options.caller.identity.arn} is not authorized to perform: ${call} on resource: ${id} ${why}`,
    );
  }
}

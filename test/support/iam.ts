/** The produced policies, as an IAM simulator judges them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { Json } from './cloudformation.ts';
import { ACCOUNT, type Deployed, deployed, REGION } from './deployed.ts';
import { packaged, TEMPLATE } from './package.ts';

export const secret = (name: string, account = ACCOUNT, region = REGION) =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`;
export const key = (id: string) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`;

export const SUPERUSER = secret('superuser/dba');
export const SECRETS_KEY = key('11111111-2222-3333-4444-555555555555');
const PARAMETERS = {
  secretNames: ['app/*', 'shop/carts'],
  secretTags: { team: 'payments' },
  superuserSecrets: [SUPERUSER],
  secretKeys: [SECRETS_KEY],
  subnets: ['subnet-0123456789abcdef0'],
  securityGroups: ['sg-0123456789abcdef0'],
  sharedSecrets: [
    { secret: secret('app/orders'), readers: ['arn:aws:iam::444455556666:role/orders'] },
    { secret: secret('app/carts'), readers: ['arn:aws:iam::444455556666:role/carts'] },
  ],
};

export const ROTATIONS = [
  ['RotatePostgresRole', 'rotatePostgres', 'rds-endpoints'],
  ['RotateMysqlRole', 'rotateMysql', 'rds-endpoints'],
  ['RotateRedshiftRole', 'rotateRedshift', 'redshift-endpoints'],
] as const;

export const via = (service: string, arn: string): Context => ({
  'kms:ViaService': `${service}.${REGION}.amazonaws.com`,
  'kms:EncryptionContext:SecretARN': arn,
});

export const packagedStack = (): Promise<Deployed> =>
  packaged(PARAMETERS, async (folder) =>
    deployed(JSON.parse(await readFile(join(folder, TEMPLATE), 'utf8'))),
  );

/** The default one, which leaves it to the account's roles who may use the key. */
const KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
  ],
};

export type Context = Readonly<Record<string, string>>;

export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context?: Context;
}

export interface Foreign {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: Context;
  /** Of the caller itself. */
  readonly identityPolicy?: Policy;
}

export type Iam = ReturnType<typeof iamOf>;

export function iamOf(stack: Deployed) {
  async function allows(
    role: string,
    { action, resource, context = {} }: Call,
    policies = stack.policiesOf(role),
  ): Promise<boolean> {
    const [, , , , accountId] = resource.split(':');
    const result = await runSimulation(
      {
        request: {
          principal: `arn:aws:iam::${ACCOUNT}:role/${role}`,
          action,
          resource: { resource, accountId: accountId || ACCOUNT },
          contextVariables: { ...context },
        },
        identityPolicies: policies.map(({ name, policy }) => ({
          name,
          policy: withEncryptionContext(policy as unknown as Policy, context),
        })),
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        ...(action.startsWith('kms:') && { resourcePolicy: KEY_POLICY }),
      },
      {},
    );
    if (result.resultType === 'error')
      throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`);
    return result.overallResult === 'Allowed';
  }

  const judged = async (role: string, calls: readonly Call[], wanted: boolean): Promise<string[]> => {
    const wrong: string[] = [];
    for (const call of calls)
      if ((await allows(role, call)) !== wanted) wrong.push(`${call.action} on ${call.resource}`);
    return wrong;
  };

  /** What a resource's own policy says to a caller, whom nothing else but their own policy allows anything. */
  async function lets(
    policyOf: string,
    { principal, action, resource, context = {}, identityPolicy }: Foreign,
  ) {
    const { PolicyDocument, KeyPolicy, ResourcePolicy } = stack.properties(policyOf) as Record<string, Json>;
    const resourcePolicy = PolicyDocument ?? KeyPolicy ?? ResourcePolicy;
    const result = await runSimulation(
      {
        request: {
          principal,
          action,
          resource: { resource, accountId: ACCOUNT },
          contextVariables: { 'aws:SecureTransport': 'true', ...context },
        },
        identityPolicies: identityPolicy === undefined ? [] : [{ name: 'own', policy: identityPolicy }],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        resourcePolicy: withEncryptionContext(resourcePolicy as unknown as Policy, context),
      },
      {},
    );
    if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors));
    return result.overallResult === 'Allowed';
  }

  return { allows, judged, lets };
}

interface Policy {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  }[];
}

const ENCRYPTION_CONTEXT = 'kms:EncryptionContext:SecretARN';

/** As IAM matches: `*` is any text, `?` any character. */
const isLike = (pattern: string, text: string): boolean => {
  const parts = pattern.split(/([*?])/).map((part) => ({ '*': '.*', '?': '.' })[part] ?? RegExp.escape(part));
  return new RegExp(`^${parts.join('')}$`, 's').test(text);
};

/** iam-simulate 0.1.173 leaves encryption contexts out of every request, so this one condition is judged here. */
const withEncryptionContext = (policy: Policy, context: Context): Policy => ({
  ...policy,
  Statement: policy.Statement.flatMap((statement) => {
    const [operator, { [ENCRYPTION_CONTEXT]: patterns = [], ...more } = {}] =
      Object.entries(statement.Condition ?? {}).find(([, keys]) => ENCRYPTION_CONTEXT in keys) ?? [];
    if (operator === undefined) return statement;
    if (![patterns].flat().some((pattern) => isLike(pattern, context[ENCRYPTION_CONTEXT] ?? ''))) return [];
    const { [operator]: _judged, ...others } = statement.Condition ?? {};
    return {
      ...statement,
      Condition: Object.keys(more).length > 0 ? { ...others, [operator]: more } : others,
    };
  }),
});

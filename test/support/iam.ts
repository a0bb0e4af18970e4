/** The produced policies, as an IAM simulator judges them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Context, judge } from '../../local/iam.ts';
import type { Json } from './cloudformation.ts';
import { ACCOUNT, type Deployed, deployed, REGION } from './deployed.ts';
import { packaged, TEMPLATE } from './package.ts';
import type { Parameters } from './serverless.ts';

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

export const packagedStack = (parameters: Parameters = PARAMETERS): Promise<Deployed> =>
  packaged(parameters, async (folder) =>
    deployed(JSON.parse(await readFile(join(folder, TEMPLATE), 'utf8'))),
  );

/** The default one, which leaves it to the account's roles who may use the key. */
const KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
  ],
};

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
  readonly identityPolicy?: object;
}

export type Iam = ReturnType<typeof iamOf>;

export function iamOf(stack: Deployed) {
  async function allows(
    role: string,
    { action, resource, context = {} }: Call,
    policies = stack.policiesOf(role),
  ): Promise<boolean> {
    const [, , , , owner] = resource.split(':');
    const { result } = await judge({
      principal: `arn:aws:iam::${ACCOUNT}:role/${role}`,
      ...{ action, resource, owner: owner || ACCOUNT, context },
      own: policies.map(({ policy }) => policy as object),
      resourcePolicy: action.startsWith('kms:') ? KEY_POLICY : undefined,
    });
    return result === 'Allowed';
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
    const { result } = await judge({
      ...{ principal, action, resource, owner: ACCOUNT },
      context: { 'aws:SecureTransport': 'true', ...context },
      own: identityPolicy === undefined ? [] : [identityPolicy],
      resourcePolicy: (PolicyDocument ?? KeyPolicy ?? ResourcePolicy) as object,
    });
    return result === 'Allowed';
  }

  return { allows, judged, lets };
}

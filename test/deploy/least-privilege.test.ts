/** The roles' rights, judged by an IAM simulator: what a function calls is allowed, and what it must not is denied. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Context } from '../../local/iam.ts';
import { postgresOnStage } from '../../local/rehearsal/postgres.ts';
import { startScene } from '../../local/rehearsal/scene.ts';
import { FUNCTION_CALLER } from '../../local/rehearsal/stage.ts';
import { postgresMajors } from '../../local/servers/postgres.ts';
import type { Json } from '../support/cloudformation.ts';
import { ACCOUNT, type Deployed, REGION } from '../support/deployed.ts';
import {
  type Call,
  type Iam,
  iamOf,
  key,
  packagedStack,
  ROTATIONS,
  SECRETS_KEY,
  SUPERUSER,
  secret,
  via,
} from '../support/iam.ts';
import { PACKAGING_MS } from '../support/package.ts';

let stack: Deployed;
let iam: Iam;
beforeAll(async () => {
  stack = await packagedStack();
  iam = iamOf(stack);
}, PACKAGING_MS);

const functionArn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:keyturn-dev-${name}`;
const attached = (name: string, team = 'payments'): Context => ({
  'secretsmanager:resource/AllowRotationLambdaArn': functionArn(name),
  'aws:ResourceTag/team': team,
});
const toCheck = (name: string): Context => ({
  'aws:ResourceTag/keyturn:function': `keyturn-dev-${name}`,
  'aws:ResourceTag/team': 'payments',
});
const major = postgresMajors().installed.at(-1);
if (major === undefined)
  test.skip('rights of rotations: no PostgreSQL can be had for this platform', () => {});

/** Of two whole rotations of a pair, as the function made them: its own secret, and the superuser's. */
async function callsMade(): Promise<{
  readonly own: ReadonlySet<string>;
  readonly superuser: ReadonlySet<string>;
}> {
  const [own, superuser] = [new Set<string>(), new Set<string>()];
  if (major === undefined) return { own, superuser };
  await using database = await postgresOnStage(major);
  await using scene = await startScene(database, 'base and clone', {
    intercept: (call, respond) => {
      const { SecretId } = call.input as { SecretId?: string };
      if (call.caller === FUNCTION_CALLER)
        (SecretId?.includes(':secret:superuser/') ? superuser : own).add(`secretsmanager:${call.action}`);
      return respond();
    },
  });
  for (let turn = 0; turn < 2; turn++) expect(await scene.run(scene.begin())).toBeUndefined();
  return { own, superuser };
}

/** Commands of the SDK that a file sends, one by one or page by page. */
async function commandsOf(file: string): Promise<string[]> {
  const text = await readFile(resolve(import.meta.dirname, `../../shared/aws/${file}.ts`), 'utf8');
  return [...text.matchAll(/new (\w+)Command\(|\bpaginate(\w+)\(/g)].map(
    ([, sent, paged]) => sent ?? paged ?? '',
  );
}

const SERVICE_OF: Readonly<Record<string, string>> = {
  DescribeClusters: 'redshift',
  GetWorkgroup: 'redshift-serverless',
  ListNamespaces: 'redshift-serverless',
  ListWorkgroups: 'redshift-serverless',
};

describe.skipIf(major === undefined)('a rotation function', () => {
  let made: Awaited<ReturnType<typeof callsMade>>;
  beforeAll(async () => {
    made = await callsMade();
  });

  test.each(ROTATIONS)('%s: every call of a rotation is allowed', async (role, name, endpoints) => {
    const context = attached(name);
    const hosts = await commandsOf(endpoints);
    expect([...made.superuser]).toEqual(['secretsmanager:GetSecretValue']);
    expect([made.own.size, hosts.length]).toEqual([4, endpoints === 'rds-endpoints' ? 3 : 4]);
    const calls: Call[] = [
      ...[...made.own].map((action) => ({ action, resource: secret('app/orders'), context })),
      // Superuser secrets of RDS and Redshift are described too: their tags say which host they are for.
      ...[...made.superuser, 'secretsmanager:DescribeSecret'].map((action) => ({
        action,
        resource: SUPERUSER,
      })),
      // What the check reads before the function is attached.
      ...['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'].map((action) => ({
        action,
        resource: secret('app/orders'),
        context: toCheck(name),
      })),
      ...hosts.map((command) => hostCall(command)),
      ...['kms:Decrypt', 'kms:GenerateDataKey'].map((action) => ({
        action,
        resource: SECRETS_KEY,
        context: via('secretsmanager', secret('app/orders')),
      })),
      ...[secret('shop/carts'), SUPERUSER].map((arn) => ({
        action: 'kms:Decrypt',
        resource: SECRETS_KEY,
        context: via('secretsmanager', arn),
      })),
      ...['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
        action,
        resource: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/lambda/keyturn-dev-${name}:log-stream:x`,
      })),
    ];
    expect(await iam.judged(role, calls, true)).toEqual([]);
  });

  const hostCall = (command: string): Call => {
    const service = SERVICE_OF[command] ?? 'rds';
    const kinds: Readonly<Record<string, string>> = {
      DescribeDBInstances: 'db:orders',
      DescribeDBClusters: 'cluster:orders',
      DescribeBlueGreenDeployments: 'deployment:bgd-1',
      DescribeClusters: 'cluster:orders',
      GetWorkgroup: 'workgroup/11111111-2222-3333-4444-555555555555',
    };
    const kind = kinds[command];
    return {
      action: `${service}:${command}`,
      resource: kind === undefined ? '*' : `arn:aws:${service}:${REGION}:${ACCOUNT}:${kind}`,
    };
  };

  test.each(ROTATIONS)('%s: nothing else is', async (role, name) => {
    const other = ROTATIONS.find(([, rival]) => rival !== name)?.[1] ?? '';
    const own = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'];
    const on = (resource: string, actions: readonly string[], context?: Context): Call[] =>
      actions.map((action) => ({
        action: `secretsmanager:${action}`,
        resource,
        ...(context !== undefined && { context }),
      }));
    const calls: Call[] = [
      // Secrets whose rotation function is none, or another.
      ...on(secret('app/orders'), own),
      ...on(secret('app/orders'), own, attached(other)),
      // Secrets that an operator has tagged are read, and not written; those tagged for another function are not read.
      ...on(secret('app/orders'), ['PutSecretValue', 'UpdateSecretVersionStage'], toCheck(name)),
      ...on(secret('app/orders'), own, toCheck(other)),
      ...on(secret('other/orders'), own, toCheck(name)),
      // Secrets without the tag, or with another value of it.
      ...on(secret('app/orders'), own, {
        'secretsmanager:resource/AllowRotationLambdaArn': functionArn(name),
      }),
      ...on(secret('app/orders'), own, attached(name, 'identity')),
      // Secrets of other names, accounts and Regions, even if they name the function.
      ...on(secret('shop/carts-of-others'), own, attached(name)),
      ...on(secret('other/orders'), own, attached(name)),
      ...on(secret('app/orders', '444455556666'), own, attached(name)),
      ...on(secret('app/orders', ACCOUNT, 'us-east-1'), own, attached(name)),
      // The superuser's secret is read, and no other superuser's is.
      ...on(SUPERUSER, ['PutSecretValue', 'UpdateSecretVersionStage', 'UpdateSecret', 'DeleteSecret']),
      ...on(secret('superuser/other'), ['DescribeSecret', 'GetSecretValue']),
      // What no rotation needs.
      ...on(
        secret('app/orders'),
        [
          'UpdateSecret',
          'DeleteSecret',
          'RotateSecret',
          'CancelRotateSecret',
          'PutResourcePolicy',
          'DeleteResourcePolicy',
          'ReplicateSecretToRegions',
          'TagResource',
          'UntagResource',
          'RestoreSecret',
          'ListSecretVersionIds',
        ],
        attached(name),
      ),
      { action: 'secretsmanager:ListSecrets', resource: '*' },
      { action: 'secretsmanager:BatchGetSecretValue', resource: '*' },
      { action: 'secretsmanager:CreateSecret', resource: secret('app/new') },
      // The key, without Secrets Manager, for other data, or for other uses; and other keys.
      { action: 'kms:Decrypt', resource: SECRETS_KEY },
      {
        action: 'kms:Decrypt',
        resource: SECRETS_KEY,
        context: { 'kms:ViaService': `s3.${REGION}.amazonaws.com` },
      },
      {
        action: 'kms:Decrypt',
        resource: SECRETS_KEY,
        context: { 'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com` },
      },
      { action: 'kms:PutKeyPolicy', resource: SECRETS_KEY },
      { action: 'kms:ScheduleKeyDeletion', resource: SECRETS_KEY },
      { action: 'kms:CreateGrant', resource: SECRETS_KEY },
      {
        action: 'kms:Decrypt',
        resource: key('22222222-2222-3333-4444-555555555555'),
        context: via('secretsmanager', secret('app/orders')),
      },
      // The key for secrets that are not to be rotated.
      {
        action: 'kms:Decrypt',
        resource: SECRETS_KEY,
        context: via('secretsmanager', secret('other/orders')),
      },
      // Databases are asked about, not changed.
      { action: 'rds:ModifyDBInstance', resource: `arn:aws:rds:${REGION}:${ACCOUNT}:db:orders` },
      { action: 'rds:ModifyDBCluster', resource: `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:orders` },
      { action: 'redshift:ModifyCluster', resource: `arn:aws:redshift:${REGION}:${ACCOUNT}:cluster:orders` },
      {
        action: 'redshift:GetClusterCredentials',
        resource: `arn:aws:redshift:${REGION}:${ACCOUNT}:dbuser:orders/admin`,
      },
      // Its own code makes no network interfaces.
      {
        action: 'ec2:DeleteNetworkInterface',
        resource: `arn:aws:ec2:${REGION}:${ACCOUNT}:network-interface/eni-1`,
        context: { 'lambda:SourceFunctionArn': functionArn(name) },
      },
      {
        action: 'ec2:DescribeNetworkInterfaces',
        resource: '*',
        context: { 'lambda:SourceFunctionArn': functionArn(name) },
      },
      // Nor does it change itself, read the audit, or speak for it.
      { action: 'lambda:UpdateFunctionCode', resource: functionArn(name) },
      { action: 'lambda:InvokeFunction', resource: functionArn(other) },
      { action: 'iam:PutRolePolicy', resource: `arn:aws:iam::${ACCOUNT}:role/${role}` },
      { action: 'sts:AssumeRole', resource: `arn:aws:iam::${ACCOUNT}:role/AuditRole` },
      { action: 'sns:Publish', resource: stack.arnOf('AlertTopic') },
      { action: 'dynamodb:UpdateItem', resource: stack.arnOf('AuditTable') },
      { action: 'sqs:SendMessage', resource: stack.arnOf('AuditQueue') },
      {
        action: 'logs:PutLogEvents',
        resource: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/lambda/keyturn-dev-audit:log-stream:x`,
      },
      {
        action: 'logs:DeleteLogGroup',
        resource: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/lambda/keyturn-dev-${name}`,
      },
    ];
    expect(calls.length).toBeGreaterThanOrEqual(40);
    expect(await iam.judged(role, calls, false)).toEqual([]);
  });
});

describe('the audit and the sweep', () => {
  const memory = (): Call[] =>
    ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'].map((action) => ({
      action,
      resource: stack.arnOf('AuditTable'),
    }));
  const alerts = (): Call[] =>
    ['AlertTopic', 'ChatTopic'].map((topic) => ({ action: 'sns:Publish', resource: stack.arnOf(topic) }));

  test('may do what they do', async () => {
    const commands = [...(await commandsOf('dynamodb-memory')), ...(await commandsOf('sns-publisher'))];
    expect(new Set(commands)).toEqual(new Set(['BatchGetItem', 'UpdateItem', 'Publish']));
    const deadLetters = { action: 'sqs:SendMessage', resource: stack.arnOf('AuditDeadLetters') };
    const queue: Call[] = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => ({
      action: `sqs:${action}`,
      resource: stack.arnOf('AuditQueue'),
    }));
    expect(await iam.judged('AuditRole', [...memory(), ...alerts(), ...queue, deadLetters], true)).toEqual(
      [],
    );
    expect(new Set(await commandsOf('secret-inventory'))).toEqual(
      new Set(['ListSecrets', 'DescribeSecret', 'GetSecretValue']),
    );
    const inventory: Call[] = [
      { action: 'secretsmanager:ListSecrets', resource: '*' },
      { action: 'secretsmanager:DescribeSecret', resource: secret('app/orders') },
      { action: 'secretsmanager:GetSecretValue', resource: stack.arnOf('Canary') },
    ];
    expect(
      await iam.judged('SweepRole', [...memory(), ...alerts(), ...inventory, deadLetters], true),
    ).toEqual([]);
  });

  test.each(['AuditRole', 'SweepRole'])('%s reads no secret, and deletes nothing', async (role) => {
    const calls: Call[] = [
      { action: 'secretsmanager:GetSecretValue', resource: secret('app/orders') },
      { action: 'secretsmanager:BatchGetSecretValue', resource: '*' },
      { action: 'secretsmanager:PutSecretValue', resource: stack.arnOf('Canary') },
      { action: 'dynamodb:DeleteItem', resource: stack.arnOf('AuditTable') },
      { action: 'dynamodb:DeleteTable', resource: stack.arnOf('AuditTable') },
      { action: 'sns:Unsubscribe', resource: stack.arnOf('AlertTopic') },
      { action: 'sns:SetTopicAttributes', resource: stack.arnOf('AlertTopic') },
      { action: 'sqs:PurgeQueue', resource: stack.arnOf('AuditQueue') },
      { action: 'sqs:ReceiveMessage', resource: stack.arnOf('AuditDeadLetters') },
      { action: 'sqs:SendMessage', resource: stack.arnOf('AuditQueue') },
      {
        action: 'kms:Decrypt',
        resource: stack.arnOf('TopicKey'),
        context: { 'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com` },
      },
      { action: 'kms:Decrypt', resource: stack.arnOf('TopicKey') },
      {
        action: 'events:DisableRule',
        resource: `arn:aws:events:${REGION}:${ACCOUNT}:rule/keyturn-dev-secrets`,
      },
      { action: 'lambda:InvokeFunction', resource: functionArn('rotatePostgres') },
    ];
    expect(await iam.judged(role, calls, false)).toEqual([]);
  });
});

describe('an operator', () => {
  const policy = (id: string) => ({
    name: id,
    policy: (stack.properties(id) as { PolicyDocument: Json }).PolicyDocument,
  });
  const wrong = async (policies: readonly string[], calls: readonly Call[], wanted: boolean) => {
    const found: string[] = [];
    for (const call of calls)
      if ((await iam.allows('operator', call, policies.map(policy))) !== wanted) found.push(call.action);
    return found;
  };
  const check: Call[] = ROTATIONS.map(([, name]) => ({
    action: 'lambda:InvokeFunction',
    resource: `${functionArn(name)}:check`,
  }));
  const inventory: Call[] = [
    { action: 'secretsmanager:ListSecrets', resource: '*' },
    {
      action: 'cloudformation:DescribeStacks',
      resource: `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/keyturn-dev/11111111-2222-3333-4444-555555555555`,
    },
  ];
  const tagged = (key: string) => ({ 'aws:TagKeys': key, [`aws:RequestTag/${key}`]: 'x' });
  const attach: Call[] = [
    ...['DescribeSecret', 'GetResourcePolicy', 'RotateSecret', 'CancelRotateSecret'].map((action) => ({
      action: `secretsmanager:${action}`,
      resource: secret('app/orders'),
    })),
    {
      action: 'secretsmanager:TagResource',
      resource: secret('app/orders'),
      context: tagged('keyturn:account'),
    },
    ...ROTATIONS.flatMap(([role, name]) => [
      { action: 'lambda:InvokeFunction', resource: functionArn(name) },
      { action: 'lambda:GetFunctionConfiguration', resource: functionArn(name) },
      { action: 'iam:SimulatePrincipalPolicy', resource: `arn:aws:iam::${ACCOUNT}:role/${role}` },
    ]),
    { action: 'iam:SimulateCustomPolicy', resource: '*' },
    { action: 'kms:DescribeKey', resource: SECRETS_KEY },
    { action: 'kms:GetKeyPolicy', resource: SECRETS_KEY },
  ];
  const never: Call[] = [
    ...['GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage', 'PutResourcePolicy'].map(
      (action) => ({ action: `secretsmanager:${action}`, resource: secret('app/orders') }),
    ),
    { action: 'secretsmanager:RotateSecret', resource: secret('other/orders') },
    {
      action: 'secretsmanager:TagResource',
      resource: secret('app/orders'),
      context: tagged('keyturn:honeytoken'),
    },
    { action: 'lambda:InvokeFunction', resource: functionArn('audit') },
    { action: 'lambda:UpdateFunctionCode', resource: functionArn('rotatePostgres') },
    { action: 'iam:SimulatePrincipalPolicy', resource: `arn:aws:iam::${ACCOUNT}:role/another` },
    { action: 'kms:Decrypt', resource: SECRETS_KEY },
  ];

  test('who checks may invoke the check, and no step of a rotation', async () => {
    expect(await wrong(['CheckPolicy'], [...check, ...inventory], true)).toEqual([]);
    expect(await wrong(['CheckPolicy'], [...attach, ...never], false)).toEqual([]);
  });

  test('who attaches reads no value', async () => {
    expect(await wrong(['CheckPolicy', 'AttachPolicy'], [...check, ...inventory, ...attach], true)).toEqual(
      [],
    );
    expect(await wrong(['CheckPolicy', 'AttachPolicy'], never, false)).toEqual([]);
  });
});

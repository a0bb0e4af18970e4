/** What `serverless package` makes of serverless.yml, without credentials and from the bundles in `dist/`. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import { type Json, present, settled, type Template } from '../support/cloudformation.ts';
import { PACKAGING_MS, packaged, TEMPLATE } from '../support/package.ts';
import { serverlessWith } from '../support/serverless.ts';
import { namesInZip } from '../support/zip.ts';

const RDS = [
  'rds:DescribeBlueGreenDeployments',
  'rds:DescribeDBClusters',
  'rds:DescribeDBInstances',
] as const;
const REDSHIFT = ['redshift:DescribeClusters', 'redshift-serverless:GetWorkgroup'] as const;

/** Each with its bundle's folder, and what it may ask about hosts. */
const FUNCTIONS = [
  ['Postgres', 'rotate-postgres', RDS],
  ['Mysql', 'rotate-mysql', RDS],
  ['Redshift', 'rotate-redshift', REDSHIFT],
] as const;

async function result(folder: string) {
  const text = await readFile(join(folder, TEMPLATE), 'utf8');
  const template: Template = JSON.parse(text);
  return {
    files: new Map(
      await Promise.all(
        FUNCTIONS.map(
          async ([name]) => [name, namesInZip(await readFile(join(folder, `rotate${name}.zip`)))] as const,
        ),
      ),
    ),
    auditFiles: namesInZip(await readFile(join(folder, 'audit.zip'))),
    template,
    types: Object.values(present(template)).map(({ Type }) => Type),
    properties: (resource: string): Json => settled(template, template.Resources[resource]?.Properties ?? {}),
  };
}

let standard: Awaited<ReturnType<typeof result>>;
beforeAll(async () => {
  standard = await packaged({}, result);
}, PACKAGING_MS);

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: Json;
  readonly Condition?: Json;
}

const statementsOf = (role: Json): Map<string, Statement> => {
  const { Policies } = role as unknown as {
    Policies: [{ PolicyDocument: { Statement: readonly Statement[] } }];
  };
  return new Map(Policies[0].PolicyDocument.Statement.map((statement) => [statement.Sid, statement]));
};

describe.each(FUNCTIONS)('rotate%s', (name, bundle, hosts) => {
  test('has its own bundle, its log group, and the rights it needs', () => {
    const { properties } = standard;
    const files = standard.files.get(name) ?? [];
    expect(files).toContain(`dist/${bundle}/index.mjs`);
    const own = new RegExp(`^dist/${bundle}/[\\w-]+\\.mjs$`);
    expect(files.filter((file) => !own.test(file))).toEqual([]);

    const lambda = properties(`Rotate${name}LambdaFunction`);
    expect(lambda).toMatchObject({
      Handler: `dist/${bundle}/index.handler`,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 120,
    });
    expect(lambda).not.toHaveProperty('VpcConfig');
    expect(properties(`Rotate${name}LogGroup`)).toMatchObject({ RetentionInDays: 90 });

    const statements = statementsOf(properties(`Rotate${name}Role`));
    expect([...statements.keys()]).toEqual([
      'OwnSecrets',
      'SecretsToCheck',
      'Hosts',
      ...(name === 'Redshift' ? ['HostLists'] : []),
      'Logs',
    ]);
    expect(statements.get('SecretsToCheck')).toMatchObject({
      Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      Condition: {
        StringEquals: { 'aws:ResourceTag/keyturn:function': `keyturn-dev-rotate${name}` },
      },
    });
    expect(properties(`Check${name}`)).toEqual({
      Name: 'check',
      FunctionName: { Ref: `Rotate${name}LambdaFunction` },
      FunctionVersion: '$LATEST',
    });
    expect(statements.get('OwnSecrets')?.Action).toEqual([
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
      'secretsmanager:UpdateSecretVersionStage',
    ]);
    expect(statements.get('OwnSecrets')?.Condition).toEqual({
      StringEquals: {
        'secretsmanager:resource/AllowRotationLambdaArn': {
          'Fn::Sub': expect.stringMatching(new RegExp(`:function:keyturn-dev-rotate${name}$`)),
        },
      },
    });
    expect(lambda).toMatchObject({ FunctionName: `keyturn-dev-rotate${name}` });
    expect(statements.get('Hosts')?.Action).toEqual(hosts);
  });

  test('Secrets Manager may invoke the function, for this account only', () => {
    const { properties } = standard;
    expect(properties(`Rotate${name}Permission`)).toEqual({
      FunctionName: { 'Fn::GetAtt': [`Rotate${name}LambdaFunction`, 'Arn'] },
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: { Ref: 'AWS::AccountId' },
    });
  });
});

test('there are no functions nor roles but theirs, the audit’s and the sweep’s', () => {
  for (const type of ['AWS::IAM::Role', 'AWS::Lambda::Function'])
    expect(standard.types.filter((found) => found === type)).toHaveLength(FUNCTIONS.length + 2);
});

describe('the audit', () => {
  const RULES = ['SecretsRule', 'KeyUseRule', 'ParametersRule', 'ForwardedRule', 'ChangesRule'] as const;

  test('has its own bundle, and the rights it needs', () => {
    const { properties, auditFiles } = standard;
    expect(auditFiles).toContain('dist/audit/index.mjs');
    expect(auditFiles.filter((file) => !/^dist\/audit\/[\w-]+\.mjs$/.test(file))).toEqual([]);
    const statements = statementsOf(properties('AuditRole'));
    const actions = Object.fromEntries([...statements].map(([sid, { Action }]) => [sid, Action]));
    expect(actions).toEqual({
      Queue: [
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
      ],
      Memory: ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'],
      Alerts: 'sns:Publish',
      AlertKey: ['kms:Decrypt', 'kms:GenerateDataKey'],
      DeadLetters: 'sqs:SendMessage',
      Logs: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    });
    expect(
      [...statements.values()].filter(({ Resource }) => JSON.stringify(Resource).includes('"*"')),
    ).toEqual([]);
  });

  test('the sweep may list secrets, and read none but its canary', () => {
    const statements = statementsOf(standard.properties('SweepRole'));
    expect([...statements.keys()]).toEqual([
      ...['Inventory', 'Replicas', 'Canary', 'Memory', 'Alerts', 'AlertKey', 'DeadLetters', 'Logs'],
    ]);
    expect(statements.get('Inventory')).toMatchObject({
      Action: 'secretsmanager:ListSecrets',
      Resource: '*',
    });
    expect(statements.get('Canary')).toMatchObject({
      Action: 'secretsmanager:GetSecretValue',
      Resource: { Ref: 'Canary' },
    });
  });

  test('sees reads: the rules that need it are in the state that sends them', () => {
    const states = RULES.map((rule) => (standard.properties(rule) as { State: string }).State);
    const all = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
    expect(states).toEqual([all, all, all, all, 'ENABLED']);
  });

  test('is sent every event that a detector judges', () => {
    const { EventPattern } = standard.properties('ChangesRule') as unknown as {
      EventPattern: { source: string[]; detail: { eventName: (string | { prefix: string })[] } };
    };
    const { source, detail } = EventPattern;
    const isSent = (name: string): boolean => {
      const [service = '', call = ''] = name.split(':');
      const named = detail.eventName.some((one) =>
        typeof one === 'string' ? one === call : call.startsWith(one.prefix),
      );
      return source.includes(`aws.${service}`) && named;
    };
    const names = DETECTORS.flatMap(({ on }) => on).filter(
      (name) => !/^(secretsmanager|ssm|keyturn):|^kms:Decrypt$/.test(name),
    );
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !isSent(name))).toEqual([]);
  });

  test('loses nothing on the way: each rule and the queue have a place for what cannot be delivered', () => {
    const { properties } = standard;
    for (const rule of RULES)
      expect(properties(rule)).toMatchObject({
        Targets: [
          {
            Arn: { 'Fn::GetAtt': ['AuditQueue', 'Arn'] },
            DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['AuditDeadLetters', 'Arn'] } },
          },
        ],
      });
    expect(properties('AuditQueue')).toMatchObject({
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['AuditDeadLetters', 'Arn'] } },
    });
    expect(properties('AuditEventSourceMappingSQSAuditQueue')).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    const { VisibilityTimeout } = properties('AuditQueue') as { VisibilityTimeout: number };
    const { Timeout } = properties('AuditLambdaFunction') as { Timeout: number };
    expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
  });
});

test('the parameters reach the network, the rights and the environment', {
  timeout: PACKAGING_MS,
}, async () => {
  const superuser = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:admin-AbCdEf';
  const key = 'arn:aws:kms:us-east-1:123456789012:key/1234';
  const network = { subnets: ['subnet-01234567', 'subnet-89abcdef'], securityGroups: ['sg-01234567'] };
  const { properties } = await packaged(
    {
      secretNames: ['app/*', 'shop/*'],
      superuserSecrets: [superuser],
      superuserTargets: ['app@orders.example.org'],
      secretKeys: [key],
      replicaWait: 45,
      reservedConcurrency: 12,
      rotationSettings: { PASSWORD_LENGTH: 40 },
      ...network,
    },
    result,
  );
  expect(properties('RotatePostgresLambdaFunction')).toMatchObject({
    VpcConfig: { SubnetIds: network.subnets, SecurityGroupIds: network.securityGroups },
    ReservedConcurrentExecutions: '12',
    Environment: {
      Variables: {
        KEYTURN_SUPERUSER_SECRETS: superuser,
        KEYTURN_SUPERUSER_TARGETS: 'app@orders.example.org',
        KEYTURN_REPLICA_WAIT: '45',
        PASSWORD_LENGTH: '40',
      },
    },
  });
  const statements = statementsOf(properties('RotatePostgresRole'));
  expect(statements.get('OwnSecrets')?.Resource).toMatchObject([
    { 'Fn::Sub': expect.stringMatching(/:secret:app\/\*$/) },
    { 'Fn::Sub': expect.stringMatching(/:secret:shop\/\*$/) },
  ]);
  expect(statements.get('SuperuserSecrets')).toMatchObject({
    Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
    Resource: [superuser],
  });
  expect(statements.get('SecretKeys')).toMatchObject({
    Resource: [key],
    Condition: {
      StringEquals: { 'kms:ViaService': { 'Fn::Sub': expect.stringMatching(/^secretsmanager\./) } },
    },
  });
  // Lambda's, as the function's role, and not the function's own.
  expect(statements.get('NetworkInterfaces')?.Action).toContain('ec2:CreateNetworkInterface');
  expect(statements.get('NotByCode')).toMatchObject({
    Effect: 'Deny',
    Action: 'ec2:*',
    Condition: {
      ArnLike: {
        'lambda:SourceFunctionArn': { 'Fn::Sub': expect.stringMatching(/:function:keyturn-dev-rotate\*$/) },
      },
    },
  });
});

test('certificate authorities of one’s own are packed with the rotation functions, and with no other', {
  timeout: PACKAGING_MS,
}, async () => {
  await using serverless = await serverlessWith({ tlsCaFile: 'own/ca.pem' });
  await mkdir(join(serverless.folder, 'own'));
  await writeFile(join(serverless.folder, 'own/ca.pem'), 'a certificate');
  const folder = join(serverless.folder, 'package');
  await serverless.run('package', '--package', folder);
  const { properties, files, auditFiles } = await result(folder);
  for (const [name] of FUNCTIONS) {
    expect(files.get(name)).toContain('own/ca.pem');
    expect(properties(`Rotate${name}LambdaFunction`)).toMatchObject({
      Environment: { Variables: { KEYTURN_TLS_CA_FILE: '/var/task/own/ca.pem' } },
    });
  }
  expect(auditFiles).not.toContain('own/ca.pem');
});

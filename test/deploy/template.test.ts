/** What holds for everything that the template may become: as it is, with all parameters, with a VPC of its own. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { installFromPypi, pythonWith } from '../../local/pypi.ts';
import { SETTINGS } from '../../shared/core/env.ts';
import { CFN_LINT } from '../support/cfn-lint.ts';
import { type Json, present, settled, type Template } from '../support/cloudformation.ts';
import { FULL, WITH_OWN_VPC } from '../support/full-parameters.ts';
import { PACKAGING_MS, packaged, TEMPLATE } from '../support/package.ts';

const SHAPES = {
  'as it is': {},
  'with all parameters': FULL,
  'with a VPC of its own': WITH_OWN_VPC,
} as const;
type Shape = keyof typeof SHAPES;

interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: Record<string, Json>;
  readonly [more: string]: unknown;
}

const templates = new Map<Shape, readonly Resource[]>();
beforeAll(async () => {
  for (const [shape, parameters] of Object.entries(SHAPES)) {
    const text = await packaged(parameters, (folder) => readFile(join(folder, TEMPLATE), 'utf8'));
    templates.set(shape as Shape, resourcesOf(JSON.parse(text)));
  }
}, PACKAGING_MS);

const resourcesOf = (template: Template): Resource[] =>
  Object.entries(present(template)).map(([id, { Type, Properties = {}, ...more }]) => ({
    ...more,
    id,
    type: Type,
    properties: settled(template, Properties) as Record<string, Json>,
  }));

const resources = (shape: Shape, ...types: readonly string[]): Resource[] => {
  const found = templates.get(shape)?.filter(({ type }) => types.includes(type)) ?? [];
  expect(found, types.join()).not.toEqual([]);
  return found;
};

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Principal?: Json;
  readonly Action: string | readonly string[];
  readonly Resource: Json;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}
const statementsIn = (document: Json | undefined): readonly Statement[] =>
  (document as unknown as { Statement: readonly Statement[] }).Statement;
const ofRole = ({ properties }: Resource): Statement[] =>
  ((properties['Policies'] ?? []) as unknown as { PolicyDocument: Json }[]).flatMap(({ PolicyDocument }) =>
    statementsIn(PolicyDocument),
  );

/** What AWS lets nobody narrow: they list what there is, or simulate policies that they are given. */
const WIDE = [
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'iam:SimulateCustomPolicy',
  'redshift-serverless:ListNamespaces',
  'redshift-serverless:ListWorkgroups',
  'secretsmanager:ListSecrets',
];

describe.each(Object.keys(SHAPES) as Shape[])('the template %s', (shape) => {
  test('allows on everything only what AWS cannot narrow, and no action by a pattern', () => {
    const statements = [
      ...resources(shape, 'AWS::IAM::Role').flatMap(ofRole),
      ...resources(shape, 'AWS::IAM::ManagedPolicy').flatMap(({ properties }) =>
        statementsIn(properties['PolicyDocument']),
      ),
    ].filter(({ Effect }) => Effect === 'Allow');
    expect(statements.length).toBeGreaterThan(20);
    const wide = statements.filter(({ Resource }) => [Resource].flat().includes('*'));
    expect(new Set(wide.flatMap(({ Action }) => Action))).toEqual(
      new Set(WIDE.filter((action) => shape !== 'as it is' || !action.startsWith('ec2:'))),
    );
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
  });

  test('has one role for each function, and every role within the boundary', () => {
    const roles = resources(shape, 'AWS::Lambda::Function').map(({ properties }) =>
      JSON.stringify(properties['Role']),
    );
    expect(new Set(roles).size).toBe(roles.length);
    const boundary = FULL['permissionsBoundary'];
    for (const { properties } of resources(shape, 'AWS::IAM::Role'))
      expect(properties['PermissionsBoundary']).toBe(shape === 'as it is' ? undefined : boundary);
  });

  test('lets a service invoke a function for this account only', () => {
    for (const { properties } of resources(shape, 'AWS::Lambda::Permission')) {
      const { SourceAccount, SourceArn, Principal } = properties;
      expect(
        [SourceAccount, SourceArn].some((source) => source !== undefined),
        `${Principal}`,
      ).toBe(true);
    }
  });

  test('permits before it schedules or subscribes', () => {
    for (const { DependsOn } of resources(shape, 'AWS::Logs::SubscriptionFilter'))
      expect(DependsOn).toEqual(['LogPermission']);
    expect((templates.get(shape) ?? []).filter(({ type }) => type.endsWith('RotationSchedule'))).toEqual([]);
  });

  test('has closed policies of topics, queues, buckets and keys', () => {
    const policies = resources(
      shape,
      'AWS::SNS::TopicPolicy',
      'AWS::SQS::QueuePolicy',
      'AWS::S3::BucketPolicy',
    );
    for (const { id, properties } of policies.filter(({ id }) => id !== 'ServerlessDeploymentBucketPolicy'))
      for (const { Effect, Principal, Condition } of statementsIn(properties['PolicyDocument'])) {
        const wanted =
          Effect === 'Allow'
            ? { Principal: { Service: expect.any(String) }, Condition: { StringEquals: expect.anything() } }
            : { Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
        expect({ Principal, Condition }, id).toMatchObject(wanted);
      }
    const guarded = policies.flatMap(({ properties }) =>
      ['Topics', 'Queues', 'Bucket'].flatMap((kind) => properties[kind] ?? []),
    );
    for (const { id } of resources(shape, 'AWS::SNS::Topic', 'AWS::SQS::Queue', 'AWS::S3::Bucket'))
      expect(guarded).toContainEqual({ Ref: id });
  });

  test('encrypts topics and queues with a customer managed key that is rotated', () => {
    for (const { properties } of resources(shape, 'AWS::SNS::Topic', 'AWS::SQS::Queue'))
      expect(properties['KmsMasterKeyId']).toEqual(
        shape === 'as it is' ? { 'Fn::GetAtt': ['TopicKey', 'Arn'] } : FULL['alertKey'],
      );
    if (shape !== 'as it is') return;
    const [key] = resources(shape, 'AWS::KMS::Key').filter(({ id }) => id === 'TopicKey');
    expect(key?.properties['EnableKeyRotation']).toBe(true);
    const [account, services] = statementsIn(key?.properties['KeyPolicy']);
    expect(account?.Principal).toEqual({ AWS: { 'Fn::Sub': expect.stringMatching(/AccountId.*:root$/) } });
    expect(services).toMatchObject({
      Principal: { Service: ['cloudwatch.amazonaws.com', 'events.amazonaws.com', 'sns.amazonaws.com'] },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
  });

  test('tells of every alarm, and shows it on the dashboard', () => {
    const alarms = resources(shape, 'AWS::CloudWatch::Alarm');
    for (const { properties } of alarms)
      for (const actions of ['AlarmActions', 'OKActions'])
        expect(properties[actions]).toEqual([{ Ref: 'AlertTopic' }]);
    const [dashboard] = resources(shape, 'AWS::CloudWatch::Dashboard');
    const body = (dashboard?.properties['DashboardBody'] as { 'Fn::Sub': string } | undefined)?.['Fn::Sub'];
    const { widgets } = JSON.parse(`${body}`) as { widgets: { properties: { alarms?: string[] } }[] };
    const shown = widgets.flatMap(({ properties }) => properties.alarms ?? []);
    expect(shown.map((arn) => arn.split(':alarm:').at(-1)).toSorted()).toEqual(
      alarms.map(({ id }) => `\${${id}}`).toSorted(),
    );
  });

  test('keeps what must stay when it is removed', () => {
    const kept = (templates.get(shape) ?? [])
      .filter((resource) => resource['DeletionPolicy'] === 'Retain')
      .map(({ id, ...more }) => [id, more['UpdateReplacePolicy']]);
    const always = ['AlertTopic', 'AuditDeadLetters', 'AuditTable'];
    const then = shape === 'as it is' ? ['TopicKey'] : ['SharedKey', 'TrailBucket'];
    expect(Object.fromEntries(kept)).toEqual(
      Object.fromEntries([...always, ...then].map((id) => [id, 'Retain'])),
    );
    for (const { properties } of resources(shape, 'AWS::Logs::LogGroup'))
      expect(properties['RetentionInDays']).toBe(90);
  });

  test('has no secret in an environment variable, and no variable that means nothing', () => {
    for (const { properties } of resources(shape, 'AWS::Lambda::Function')) {
      const { Variables } = properties['Environment'] as unknown as { Variables: Record<string, Json> };
      const unknown = Object.keys(Variables).filter(
        (name) => !(name in SETTINGS) && name !== 'NODE_OPTIONS' && !name.startsWith('AWS_ENDPOINT_URL_'),
      );
      expect(unknown).toEqual([]);
      expect(JSON.stringify(Variables)).not.toMatch(/\{\{resolve:|SecretString|password/i);
    }
  });

  test('reserves no concurrency, or at least ten', () => {
    const reserved = resources(shape, 'AWS::Lambda::Function').map(({ id, properties }) => [
      id,
      properties['ReservedConcurrentExecutions'],
    ]);
    const some = reserved.filter(([, count]) => count !== undefined);
    expect(some.length).toBe(shape === 'as it is' ? 0 : 3);
    for (const [id, count] of some) {
      expect(id).toMatch(/^Rotate/);
      expect(Number(count)).toBeGreaterThanOrEqual(10);
    }
  });
});

describe('the network', () => {
  const functions = (shape: Shape) =>
    resources(shape, 'AWS::Lambda::Function').filter(({ id }) => id.startsWith('Rotate'));

  test('is none, the one given, or a new one', () => {
    for (const { properties } of functions('as it is')) expect(properties['VpcConfig']).toBeUndefined();
    for (const { properties } of functions('with all parameters'))
      expect(properties['VpcConfig']).toEqual({
        SubnetIds: FULL['subnets'],
        SecurityGroupIds: FULL['securityGroups'],
      });
    for (const { properties } of functions('with a VPC of its own'))
      expect(properties['VpcConfig']).toEqual({
        SubnetIds: [{ Ref: 'SubnetA' }, { Ref: 'SubnetB' }],
        SecurityGroupIds: [{ Ref: 'RotationGroup' }],
      });
    const [group] = resources('with a VPC of its own', 'AWS::EC2::SecurityGroup');
    expect(group?.properties['SecurityGroupIngress']).toBeUndefined();
  });

  test('has endpoints that change nothing for others in the VPC, and that the functions are told of', () => {
    const shape = 'with all parameters';
    const endpoints = resources(shape, 'AWS::EC2::VPCEndpoint');
    expect(endpoints.map(({ id }) => id)).toEqual(['SecretsManagerEndpointOfVpc', 'RdsEndpointOfVpc']);
    for (const { properties } of endpoints) {
      expect(properties['PrivateDnsEnabled']).toBe(false);
      const [statement] = statementsIn(properties['PolicyDocument']);
      expect(Object.keys(statement?.Condition?.['ArnEquals'] ?? {})).toEqual(['aws:PrincipalArn']);
    }
    const group = resources(shape, 'AWS::EC2::SecurityGroup').find(({ id }) => id === 'EndpointGroup');
    expect(group?.properties['SecurityGroupIngress']).toEqual([
      expect.objectContaining({
        FromPort: 443,
        ToPort: 443,
        SourceSecurityGroupId: { 'Fn::Select': [0, FULL['securityGroups']] },
      }),
    ]);
    for (const { properties } of functions(shape))
      expect(properties).toMatchObject({
        Environment: {
          Variables: {
            SECRETS_MANAGER_ENDPOINT: { 'Fn::Join': ['', ['https://', expect.anything()]] },
            AWS_ENDPOINT_URL_RDS: { 'Fn::Join': ['', ['https://', expect.anything()]] },
          },
        },
      });
  });
});

describe('the trail', () => {
  test('records all management events, into a bucket that nobody else writes to', () => {
    const [trail] = resources('with all parameters', 'AWS::CloudTrail::Trail');
    expect(trail).toMatchObject({
      DependsOn: ['TrailBucketPolicy'],
      properties: { IsLogging: true, IsMultiRegionTrail: true, EnableLogFileValidation: true },
    });
    expect(trail?.properties).not.toHaveProperty('EventSelectors');
    const [bucket] = resources('with all parameters', 'AWS::S3::Bucket').filter(
      ({ id }) => id === 'TrailBucket',
    );
    expect(bucket?.properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
    });
  });
});

const missing = await installFromPypi(CFN_LINT);

test.skipIf(missing !== undefined)(
  `an update replaces nothing, whatever parameters change${missing === undefined ? '' : ` (${missing})`}`,
  async () => {
    const createOnly = await createOnlyProperties();
    const replaced = (before: Shape, after: Shape): string[] =>
      (templates.get(before) ?? []).flatMap(({ id, type, properties }) => {
        const next = templates.get(after)?.find((resource) => resource.id === id);
        const fixed = createOnly[type] ?? [];
        return next === undefined
          ? []
          : fixed
              .filter((name) => JSON.stringify(properties[name]) !== JSON.stringify(next.properties[name]))
              .map((name) => `${id}.${name}`);
      });
    expect(createOnly['AWS::DynamoDB::Table']).toContain('TableName');
    expect(createOnly['AWS::Lambda::Function']).toContain('FunctionName');
    expect(replaced('as it is', 'with all parameters')).toEqual([]);
    expect(replaced('with all parameters', 'as it is')).toEqual([]);
  },
);

/** By type, the properties whose change makes CloudFormation put a new resource in place of the old one. */
async function createOnlyProperties(): Promise<Readonly<Record<string, readonly string[]>>> {
  const types = [...new Set([...templates.values()].flat().map(({ type }) => type))];
  const script = `import json, sys
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER as manager
schema = lambda type: manager.get_resource_schema('us-east-1', type).schema
print(json.dumps({type: [path.split('/')[2] for path in schema(type).get('createOnlyProperties', [])] for type in sys.argv[1:]}))`;
  const { stdout } = await promisify(execFile)(pythonWith(CFN_LINT), ['-c', script, ...types]);
  return JSON.parse(stdout);
}

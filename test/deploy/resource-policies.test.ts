/** Whom queue, topics, keys and shared secrets let in by their own policies, judged by an IAM simulator. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Context } from '../../local/iam.ts';
import { ACCOUNT, type Deployed, REGION } from '../support/deployed.ts';
import { type Foreign, type Iam, iamOf, packagedStack, ROTATIONS, secret, via } from '../support/iam.ts';
import { PACKAGING_MS } from '../support/package.ts';

let stack: Deployed;
let iam: Iam;
beforeAll(async () => {
  stack = await packagedStack();
  iam = iamOf(stack);
}, PACKAGING_MS);

describe('the policies of the queue, the topics and the key', () => {
  const of = (account: string, arn: string) => ({ 'aws:SourceAccount': account, 'aws:SourceArn': arn });
  const rule = (name: string, account = ACCOUNT) =>
    `arn:aws:events:${REGION}:${account}:rule/keyturn-dev-${name}`;
  const alarm = (account = ACCOUNT) => `arn:aws:cloudwatch:${REGION}:${account}:alarm:x`;
  const [stranger, events, cloudwatch] = [
    'arn:aws:iam::444455556666:user/somebody',
    'events.amazonaws.com',
    'cloudwatch.amazonaws.com',
  ];
  const queue = () => ({ action: 'sqs:SendMessage', resource: stack.arnOf('AuditQueue') });
  const topic = () => ({ action: 'sns:Publish', resource: stack.arnOf('AlertTopic') });
  const use = () => ({ action: 'kms:GenerateDataKey', resource: stack.arnOf('TopicKey') });

  test('let in the rules, the alarms, and the key’s services, of this account', async () => {
    for (const name of ['secrets', 'key-use', 'parameters', 'changes', 'forwarded'])
      expect(
        await iam.lets('AuditQueuePolicy', {
          principal: events,
          ...queue(),
          context: of(ACCOUNT, rule(name)),
        }),
      ).toBe(true);
    expect(
      await iam.lets('AlertTopicPolicy', {
        principal: cloudwatch,
        ...topic(),
        context: of(ACCOUNT, alarm()),
      }),
    ).toBe(true);
    for (const principal of [events, cloudwatch, 'sns.amazonaws.com'])
      expect(await iam.lets('TopicKey', { principal, ...use(), context: of(ACCOUNT, rule('secrets')) })).toBe(
        true,
      );
  });

  test('and nobody else', async () => {
    const other = '444455556666';
    const calls: readonly (readonly [string, Foreign])[] = [
      ['AuditQueuePolicy', { principal: events, ...queue(), context: of(ACCOUNT, rule('another')) }],
      ['AuditQueuePolicy', { principal: events, ...queue(), context: of(other, rule('secrets', other)) }],
      ['AuditQueuePolicy', { principal: events, ...queue() }],
      [
        'AuditQueuePolicy',
        { principal: 'sns.amazonaws.com', ...queue(), context: of(ACCOUNT, rule('secrets')) },
      ],
      [
        'AuditQueuePolicy',
        {
          principal: events,
          ...queue(),
          context: { ...of(ACCOUNT, rule('secrets')), 'aws:SecureTransport': 'false' },
        },
      ],
      ['AuditQueuePolicy', { principal: stranger, ...queue() }],
      ['AuditQueuePolicy', { principal: stranger, ...queue(), action: 'sqs:ReceiveMessage' }],
      ['AlertTopicPolicy', { principal: cloudwatch, ...topic(), context: of(other, alarm(other)) }],
      ['AlertTopicPolicy', { principal: events, ...topic(), context: of(ACCOUNT, rule('secrets')) }],
      ['AlertTopicPolicy', { principal: stranger, ...topic() }],
      ['AlertTopicPolicy', { principal: stranger, ...topic(), action: 'sns:Subscribe' }],
      ['ChatTopicPolicy', { principal: stranger, action: 'sns:Publish', resource: stack.arnOf('ChatTopic') }],
      ['TopicKey', { principal: events, ...use(), context: of(other, rule('secrets', other)) }],
      ['TopicKey', { principal: stranger, ...use() }],
      ['TopicKey', { principal: 's3.amazonaws.com', ...use(), context: of(ACCOUNT, rule('secrets')) }],
    ];
    const allowed: string[] = [];
    for (const [policy, call] of calls)
      if (await iam.lets(policy, call)) allowed.push(`${policy}: ${call.principal} ${call.action}`);
    expect(allowed).toEqual([]);
  });
});

describe('a secret shared with another account', () => {
  const [reader, other] = ['arn:aws:iam::444455556666:role/orders', 'arn:aws:iam::444455556666:role/carts'];
  const shared = secret('app/orders');
  /** As docs/cross-account.md gives it. */
  const identityPolicy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Resource: shared,
      },
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' },
    ],
  };
  const read = (principal: string, action = 'GetSecretValue'): Foreign => ({
    principal,
    action: `secretsmanager:${action}`,
    resource: shared,
    identityPolicy,
  });
  const decrypt = (principal: string, context: Context): Foreign => ({
    principal,
    action: 'kms:Decrypt',
    resource: stack.arnOf('SharedKey'),
    context,
    identityPolicy,
  });
  const policyOf = () =>
    Object.keys(stack.template.Resources).find(
      (id) =>
        stack.template.Resources[id]?.Type === 'AWS::SecretsManager::ResourcePolicy' &&
        (stack.properties(id) as { SecretId: string }).SecretId === shared,
    ) ?? '';

  test('is read by the roles that are listed, and decrypted for them', async () => {
    expect(await iam.lets(policyOf(), read(reader))).toBe(true);
    expect(await iam.lets(policyOf(), read(reader, 'DescribeSecret'))).toBe(true);
    expect(await iam.lets('SharedKey', decrypt(reader, via('secretsmanager', shared)))).toBe(true);
  });

  test('not without a policy of their own, not by others, and no more than read', async () => {
    const { identityPolicy: _none, ...bare } = read(reader);
    expect(await iam.lets(policyOf(), bare)).toBe(false);
    expect(await iam.lets(policyOf(), read(other))).toBe(false);
    for (const action of ['PutSecretValue', 'PutResourcePolicy', 'DeleteSecret', 'UpdateSecretVersionStage'])
      expect(await iam.lets(policyOf(), read(reader, action))).toBe(false);
    expect(await iam.lets('SharedKey', decrypt(other, via('secretsmanager', shared)))).toBe(false);
    expect(await iam.lets('SharedKey', decrypt(reader, via('secretsmanager', secret('app/carts'))))).toBe(
      false,
    );
    expect(await iam.lets('SharedKey', decrypt(reader, via('s3', shared)))).toBe(false);
  });

  test('is still rotated: the functions may use its key', async () => {
    const calls = ['kms:Decrypt', 'kms:GenerateDataKey'].map((action) => ({
      action,
      resource: stack.arnOf('SharedKey'),
      context: via('secretsmanager', shared),
    }));
    for (const [role] of ROTATIONS) expect(await iam.judged(role, calls, true)).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { networkOf } from '../../shared/audit/events/network.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { secretRef } from '../../shared/audit/events/secret-ref.ts';
import {
  ACCOUNT,
  havePublicRecords,
  publicRecords,
  ROLE,
  record,
  SECRET,
} from '../support/cloudtrail-records.ts';

function read(raw: unknown): AuditEvent {
  const event = readEvent(raw);
  if (event === undefined || isUnreadable(event)) throw new Error(`not read: ${JSON.stringify(event)}`);
  return event;
}

const KEY = `${ACCOUNT}/eu-central-1/orders/database`;
const keys = (fields: Record<string, unknown>) => read(record(fields)).secrets.map(({ key }) => key);

describe('which secret', () => {
  const denial = (id: string, end: string) => ({
    errorCode: 'AccessDenied',
    errorMessage: `User: ${ROLE.arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${id}${end}`,
    requestParameters: null,
  });

  test.each<[string, Record<string, unknown>]>([
    ['its ARN', {}],
    ['its name', { requestParameters: { secretId: 'orders/database' } }],
    ['its ARN without the suffix', { requestParameters: { secretId: SECRET.slice(0, -7) } }],
    ['the list of resources', { requestParameters: { secretId: 'x' }, resources: [{ ARN: SECRET }] }],
    ['the refusal', denial('orders/database', ' because no identity-based policy allows the action')],
    ['the refusal by a resource policy', denial(SECRET, ' with an explicit deny in a resource-based policy')],
    ['the refusal, without a reason', denial(SECRET, '')],
    [
      'the answer',
      { eventName: 'DeleteSecret', requestParameters: { secretId: 'x' }, responseElements: { arn: SECRET } },
    ],
    [
      'the answer before 2024',
      { eventName: 'DeleteSecret', requestParameters: {}, responseElements: { aRN: SECRET } },
    ],
    ['a name that is new', { eventName: 'CreateSecret', requestParameters: { name: 'orders/database' } }],
    ['a list of one', { eventName: 'BatchGetSecretValue', requestParameters: { secretIdList: [SECRET] } }],
    [
      'a rotation',
      {
        eventType: 'AwsServiceEvent',
        eventName: 'RotationStarted',
        requestParameters: null,
        additionalEventData: { SecretId: SECRET },
      },
    ],
    [
      'the end of a version',
      {
        eventType: 'AwsServiceEvent',
        eventName: 'EndSecretVersionDelete',
        requestParameters: null,
        additionalEventData: { ARN: SECRET, Name: 'orders/database' },
      },
    ],
    [
      'a managed rotation',
      {
        eventType: 'AwsServiceEvent',
        eventName: 'RotationFailed',
        requestParameters: null,
        serviceEventDetails: { secretId: SECRET },
      },
    ],
    [
      'a parameter that refers to it',
      {
        eventSource: 'ssm.amazonaws.com',
        eventName: 'GetParameter',
        requestParameters: { name: '/aws/reference/secretsmanager/orders/database' },
      },
    ],
    [
      'what KMS was told',
      {
        eventSource: 'kms.amazonaws.com',
        eventName: 'Decrypt',
        userIdentity: { ...ROLE, invokedBy: 'secretsmanager.amazonaws.com' },
        requestParameters: { encryptionContext: { SecretARN: SECRET, SecretVersionId: 'v1' } },
      },
    ],
  ])('is known by %s', (_, fields) => {
    expect(keys(fields)).toEqual([KEY]);
  });

  test('is each of a batch, once', () => {
    const secretIdList = [SECRET, 'orders/database', 'billing'];
    expect(keys({ eventName: 'BatchGetSecretValue', requestParameters: { secretIdList } })).toEqual([
      KEY,
      `${ACCOUNT}/eu-central-1/billing`,
    ]);
  });

  test.each([
    [
      'a batch by filters',
      { eventName: 'BatchGetSecretValue', requestParameters: { filters: [{ key: 'all', values: [''] }] } },
    ],
    ['a list', { eventName: 'ListSecrets', requestParameters: { maxResults: 100 } }],
    [
      'a refused list',
      { eventName: 'ListSecrets', ...denial('*', ' because no identity-based policy allows it') },
    ],
  ])('is not said by %s', (_, fields) => {
    expect(keys(fields)).toEqual([]);
  });

  test('is in its own account and Region, not the caller’s', () => {
    const elsewhere = 'arn:aws-cn:secretsmanager:cn-north-1:444455556666:secret:a-1-Zz09aB';
    expect(secretRef(elsewhere, ACCOUNT, 'eu-central-1')).toEqual({
      key: '444455556666/cn-north-1/a-1',
      name: 'a-1',
      arn: elsewhere,
    });
  });

  test.each(['a', 'plain', 'with-dash', 'short-abc', 'no-suffix_1'])('keeps the name %s whole', (name) => {
    const arn = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:${name}`;
    expect(secretRef(arn, ACCOUNT, 'eu-central-1')).toMatchObject({ name, arn: undefined });
    expect(secretRef(`${arn}-a1B2c3`, ACCOUNT, 'eu-central-1').name).toBe(name);
  });
});

describe('which version', () => {
  test.each<[string, Record<string, unknown>, string | undefined]>([
    ['of a read', { requestParameters: { secretId: SECRET, versionId: 'v1' } }, 'v1'],
    ['of a read of the current one', {}, undefined],
    [
      'that was put',
      { eventName: 'PutSecretValue', requestParameters: { secretId: SECRET, clientRequestToken: 'v2' } },
      'v2',
    ],
    [
      'that a label moved to',
      {
        eventName: 'UpdateSecretVersionStage',
        requestParameters: { secretId: SECRET, moveToVersionId: 'v3', removeFromVersionId: 'v2' },
      },
      'v3',
    ],
    [
      'of a rotation',
      {
        eventType: 'AwsServiceEvent',
        eventName: 'RotationSucceeded',
        requestParameters: null,
        requestID: `Rotation-${SECRET}-ef16d56f-2337-48d4-927a-dba977039ab2`,
      },
      'ef16d56f-2337-48d4-927a-dba977039ab2',
    ],
  ])('%s', (_, fields, version) => {
    expect(read(record(fields)).versionId).toBe(version);
  });
});

describe('who', () => {
  const person =
    'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef';

  test.each<[string, Record<string, unknown> | undefined, string, string]>([
    ['a role', ROLE, 'role', `arn:aws:iam::${ACCOUNT}:role/orders`],
    [
      'a role whose issuer was left out',
      { ...ROLE, sessionContext: undefined },
      'role',
      `arn:aws:sts::${ACCOUNT}:assumed-role/orders`,
    ],
    [
      'a person',
      { ...ROLE, arn: `${person}/ada@example.com`, sessionContext: { sessionIssuer: { arn: person } } },
      'person',
      `${person}/ada@example.com`,
    ],
    [
      'a user',
      { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/ada`, accountId: ACCOUNT },
      'user',
      `arn:aws:iam::${ACCOUNT}:user/ada`,
    ],
    [
      'root',
      { type: 'Root', accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root` },
      'root',
      `${ACCOUNT}:root`,
    ],
    [
      'another account',
      { type: 'AWSAccount', accountId: '444455556666', principalId: 'AROAX:y' },
      'account',
      '444455556666',
    ],
    ['a service', { type: 'AWSService', invokedBy: 'rds.amazonaws.com' }, 'service', 'rds.amazonaws.com'],
    [
      'Secrets Manager itself',
      { accountId: ACCOUNT, invokedBy: 'secretsmanager.amazonaws.com' },
      'service',
      'secretsmanager.amazonaws.com',
    ],
    [
      'a federated user',
      { type: 'FederatedUser', arn: `arn:aws:sts::${ACCOUNT}:federated-user/ada` },
      'federated',
      `arn:aws:sts::${ACCOUNT}:federated-user/ada`,
    ],
    ['a type that is not known', { type: 'Novelty', principalId: 'X' }, 'unknown', 'X'],
    ['nobody', undefined, 'unknown', 'unknown'],
  ])('is %s', (_, userIdentity, type, key) => {
    expect(read(record({ userIdentity })).principal).toMatchObject({ type, key });
  });
});

describe('how it went', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['well', {}, 'ok'],
    ['refused', { errorCode: 'AccessDeniedException', errorMessage: 'no' }, 'denied'],
    ['refused by an endpoint', { errorCode: 'VpceAccessDenied', errorMessage: 'no' }, 'denied'],
    ['not found', { errorCode: 'ResourceNotFoundException', errorMessage: 'no' }, 'failed'],
    [
      'not invocable',
      {
        errorCode: 'AccessDenied',
        errorMessage: 'Secrets Manager cannot invoke the specified Lambda function.',
      },
      'failed',
    ],
    [
      'a message and no code',
      { eventName: 'RotationFailed', errorMessage: 'The function failed.' },
      'failed',
    ],
  ])('%s', (_, fields, is) => {
    expect(read(record(fields)).outcome.is).toBe(is);
  });
});

describe('what sort of event', () => {
  test.each<[string, Record<string, unknown>, string, string]>([
    ['a call', {}, 'call', 'secretsmanager:GetSecretValue'],
    [
      'the copy by way of an endpoint',
      { eventType: 'AwsVpceEvent' },
      'witness',
      'secretsmanager:GetSecretValue',
    ],
    [
      'a rotation',
      { eventType: 'AwsServiceEvent', eventName: 'RotationFailed' },
      'service',
      'secretsmanager:RotationFailed',
    ],
    [
      'a version of the Lambda API',
      { eventSource: 'lambda.amazonaws.com', eventName: 'UpdateFunctionCode20150331v2', readOnly: false },
      'call',
      'lambda:UpdateFunctionCode',
    ],
  ])('%s', (_, fields, kind, name) => {
    expect(read(record(fields))).toMatchObject({ kind, name });
  });

  test('a corrected copy is the event it corrects', () => {
    const addendum = { reason: 'UPDATED_DATA', originalEventID: 'the-first' };
    expect(read(record({ addendum })).id).toBe('the-first');
  });

  test('a request that was left out for its size is said to be', () => {
    const requestParameters = { omitted: true, reason: 'requestParameters too large' };
    expect(read(record({ requestParameters }))).toMatchObject({ omitted: true, request: undefined });
  });

  test('an event of EventBridge is what it holds', () => {
    const envelope = {
      'detail-type': 'AWS API Call via CloudTrail',
      detail: record(),
      account: '9',
      region: 'x',
    };
    expect(read(envelope)).toEqual(read(record()));
  });

  test('the native event of a label names secret and version', () => {
    const event = read({
      id: 'e1',
      'detail-type': 'Secret Label Updated',
      source: 'aws.secretsmanager',
      account: ACCOUNT,
      region: 'eu-central-1',
      time: '2026-11-20T09:00:00Z',
      resources: [SECRET],
      detail: { name: 'orders/database', labelUpdated: 'AWSCURRENT', versionId: 'v2' },
    });
    expect(event).toMatchObject({ kind: 'label', versionId: 'v2', secrets: [{ key: KEY, arn: SECRET }] });
  });

  test.each([
    ['of another service', { eventSource: 's3.amazonaws.com' }],
    ['that changed nothing', { eventSource: 'iam.amazonaws.com', eventName: 'ListRoles' }],
    [
      'of KMS about other data',
      {
        eventSource: 'kms.amazonaws.com',
        eventName: 'Decrypt',
        requestParameters: { encryptionContext: {} },
      },
    ],
    [
      'of a parameter that is no secret',
      {
        eventSource: 'ssm.amazonaws.com',
        eventName: 'GetParameter',
        requestParameters: { name: '/app/flag' },
      },
    ],
  ])('an event %s is none of ours', (_, fields) => {
    expect(readEvent(record(fields))).toBeUndefined();
  });
});

describe('where from', () => {
  const at = (address: string, vpcEndpointId?: string) =>
    networkOf({ address, vpcEndpointId, userAgent: '' });
  test.each<[string, string | undefined, string | undefined]>([
    ['198.51.100.7', undefined, '198.51.100.0/24'],
    ['10.0.0.9', 'vpce-1', 'vpce-1'],
    ['2001:db8:0a::1', undefined, '2001:db8:a::/48'],
    ['::1', undefined, '0:0:0::/48'],
    ['secretsmanager.amazonaws.com', undefined, undefined],
    ['AWS Internal', undefined, undefined],
    ['', undefined, undefined],
  ])('%s', (address, endpoint, network) => {
    expect(at(address, endpoint)).toBe(network);
  });
});

describe('what cannot be read', () => {
  test.each<[string, unknown, string]>([
    ['a text', 'x', 'is not a JSON object'],
    ['nothing', null, 'is not a JSON object'],
    ['no source', record({ eventSource: undefined }), 'has no eventSource'],
    ['no name', record({ eventName: 7 }), 'has no eventName'],
    ['no time', record({ eventTime: 'yesterday' }), 'has no eventTime that is a date'],
    ['half a time', record({ eventTime: '1' }), 'has no eventTime that is a date'],
    ['a time of somewhere', record({ eventTime: '11/20/2026 9:00' }), 'has no eventTime that is a date'],
  ])('%s is said to be so', (_, raw, reason) => {
    expect(readEvent(raw)).toMatchObject({ reason });
  });

  test('whatever else is wrong with a record, it does not throw', () => {
    const names = fc.constantFrom(
      'eventTime',
      'userIdentity',
      'requestParameters',
      'responseElements',
      'resources',
      'errorMessage',
      'errorCode',
      'additionalEventData',
      'sourceIPAddress',
      'userAgent',
      'addendum',
      'requestID',
      'eventName',
      '__proto__',
      'detail',
    );
    const sources = fc
      .constantFrom('secretsmanager', 'kms', 'ssm', 'iam', 'lambda')
      .map((name) => `${name}.amazonaws.com`);
    const parts = fc.array(fc.tuple(names, fc.jsonValue()), { maxLength: 6 });
    fc.assert(
      fc.property(parts, sources, (fields, eventSource) => {
        const event = readEvent({ ...record(), eventSource, ...Object.fromEntries(fields) });
        if (event !== undefined && !isUnreadable(event)) expect(Number.isFinite(event.time)).toBe(true);
      }),
    );
  });
});

test.each([
  '2026-11-20T09:00:00Z',
  '2026-11-20 09:00:00.000',
  '2026-11-20 09:00:00 UTC',
  '2026-11-20T09:00:00',
  '2026-11-20T09:00:00.000',
  '2026-11-20T09:00:00+00:00',
  '2026-11-20T10:00:00+01:00',
])('the time %s is one, wherever it is read', (eventTime) => {
  const zone = process.env['TZ'];
  process.env['TZ'] = 'America/New_York';
  try {
    expect(read(record({ eventTime })).time).toBe(Date.UTC(2026, 10, 20, 9));
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});

test('records that lost their ids are the same only where all of them is', () => {
  const idless = (secretId: string) =>
    read(record({ eventID: undefined, requestID: undefined, requestParameters: { secretId } })).id;
  expect(idless('a')).toBe(idless('a'));
  expect(idless('a')).not.toBe(idless('b'));
});

test('all public records are understood, and none is unreadable', ({ skip }) => {
  skip(!havePublicRecords, 'no folder shared/cloudtrail beside this one, with public CloudTrail records');
  const reads = [...publicRecords()].map(({ file, record: raw }) => ({ file, raw, event: readEvent(raw) }));
  const unreadable = reads.filter(({ event }) => event !== undefined && isUnreadable(event));
  expect(unreadable.map(({ file, event }) => ({ file, event }))).toEqual([]);
  const ours = reads.filter(({ raw }) => raw['eventSource'] === 'secretsmanager.amazonaws.com');
  expect(ours.length).toBeGreaterThan(40);
  expect(ours.filter(({ event }) => event === undefined)).toEqual([]);
});

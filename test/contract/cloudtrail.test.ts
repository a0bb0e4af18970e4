/** The trail over the model: what it writes of calls and rotations, and that no value is in it. */
import { setImmediate } from 'node:timers/promises';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  StopReplicationToReplicaCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { userCaller } from '../../local/cloudtrail/caller.ts';
import { type BusEvent, eventBus } from '../../local/event-bus.ts';
import { type SecretsManager, startSecretsManager } from '../../local/secrets-manager/server.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { ACCOUNT, havePublicRecords, publicRecords } from '../support/cloudtrail-records.ts';
import { rotationFunction } from './rotation-function.ts';
import { clientOf, FAR } from './subject.ts';

const REGION = 'eu-central-1';
const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:rotate`;
const bus = eventBus();
let failing = false;
let server: SecretsManager;
let client: SecretsManagerClient;

beforeAll(async () => {
  const rotate = rotationFunction({
    client: () => client,
    before: () => {
      if (failing) throw new Error('out of order');
    },
  });
  server = await startSecretsManager({
    ...{ region: REGION, accountId: ACCOUNT, bus, retries: 0 },
    functions: new Map([[FUNCTION, rotate]]),
    callers: new Map([['AKIAADA', userCaller(ACCOUNT, 'ada', 'AKIAADA', '198.51.100.7')]]),
  });
  const credentials = { accessKeyId: 'AKIAADA', secretAccessKey: 'unused' };
  client = new SecretsManagerClient({ endpoint: server.endpoint, region: REGION, credentials });
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

function read(event: BusEvent): AuditEvent {
  const audit = readEvent(event);
  if (audit === undefined || isUnreadable(audit)) throw new Error(`not read: ${JSON.stringify(event)}`);
  return audit;
}

const named = (events: readonly BusEvent[], name: string) =>
  events.map(read).filter((event) => event.name === name);

test('a read is written with who, from where and which secret, and KMS writes the version', async () => {
  await client.send(new CreateSecretCommand({ Name: 'trail/one', SecretString: 'the value one' }));
  const { VersionId } = await client.send(new GetSecretValueCommand({ SecretId: 'trail/one' }));
  const events = bus.take();
  expect(named(events, 'secretsmanager:GetSecretValue')).toMatchObject([
    {
      kind: 'call',
      principal: { key: `arn:aws:iam::${ACCOUNT}:user/ada`, accessKeyId: 'AKIAADA' },
      origin: { address: '198.51.100.7', userAgent: expect.stringContaining('aws-sdk-js') },
      secrets: [{ key: `${ACCOUNT}/${REGION}/trail/one` }],
    },
  ]);
  expect(named(events, 'kms:Decrypt')).toMatchObject([
    { kind: 'witness', versionId: VersionId, secrets: [{ key: `${ACCOUNT}/${REGION}/trail/one` }] },
  ]);
  expect(
    events.filter((event) => event['detail-type'] === 'Secret Label Updated').map(({ detail }) => detail),
  ).toEqual([{ name: 'trail/one', labelUpdated: 'AWSCURRENT', versionId: VersionId }]);
});

test('a batch is written as asked, and each secret it read too', async () => {
  await client.send(new CreateSecretCommand({ Name: 'trail/batch-1', SecretString: 'a value' }));
  await client.send(new CreateSecretCommand({ Name: 'trail/batch-2', SecretString: 'another' }));
  bus.take();
  const Filters = [{ Key: 'name' as const, Values: ['trail/batch'] }];
  await client.send(new BatchGetSecretValueCommand({ Filters, MaxResults: 20 }));
  const events = bus.take();
  const [batch] = events.filter((event) => read(event).name === 'secretsmanager:BatchGetSecretValue');
  expect(batch?.detail).toMatchObject({
    requestParameters: { filters: [{ key: 'name', values: ['trail/batch'] }] },
  });
  expect(JSON.stringify(batch?.detail)).not.toContain('maxResults');
  const keys = (name: string) =>
    named(events, name).flatMap(({ secrets }) => secrets.map(({ name: secret }) => secret));
  const both = ['trail/batch-1', 'trail/batch-2'];
  expect([keys('secretsmanager:GetSecretValue'), keys('kms:Decrypt')]).toEqual([both, both]);
});

test('of the rest of the API too: what was asked, and neither values nor policies of others', async () => {
  const SecretId = 'trail/rest';
  await client.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'a value' }));
  bus.take();
  await client.send(new UpdateSecretCommand({ SecretId, SecretString: 'the value three' }));
  const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  await client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }));
  await client.send(new DeleteSecretCommand({ SecretId }));
  await client.send(new RestoreSecretCommand({ SecretId }));
  const events = bus.take();
  expect(JSON.stringify(events)).not.toContain('the value three');
  const calls = events.filter((event) => event['detail-type'] === 'AWS API Call via CloudTrail');
  expect(calls.map((event) => read(event).name)).toEqual(
    ['UpdateSecret', 'PutResourcePolicy', 'DeleteSecret', 'RestoreSecret'].map(
      (name) => `secretsmanager:${name}`,
    ),
  );
  expect(calls.at(1)?.detail).toMatchObject({ requestParameters: { resourcePolicy: ResourcePolicy } });
  expect(calls.at(-1)?.detail).toMatchObject({ responseElements: { name: SecretId } });
});

test('copies to other Regions are told: the calls, and how they ended', async () => {
  const far = clientOf(server.endpoint, FAR);
  const SecretId = 'trail/copied';
  await client.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'a value' }));
  const AddReplicaRegions = [{ Region: FAR }];
  const replicate = () => client.send(new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions }));
  bus.take();
  await replicate();
  await setImmediate();
  await far.send(new StopReplicationToReplicaCommand({ SecretId }));
  await replicate();
  await setImmediate();
  await client.send(new RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions: [FAR] }));
  far.destroy();
  const events = bus.take().map(read);
  expect(
    events.filter(({ kind }) => kind === 'service').map(({ name, secrets }) => [name, secrets[0]?.name]),
  ).toEqual(
    ['ReplicationStarted', 'ReplicationSucceeded', 'ReplicationStarted', 'ReplicationFailed'].map((name) => [
      `secretsmanager:${name}`,
      SecretId,
    ]),
  );
  expect(
    events
      .filter(({ kind }) => kind === 'call')
      .map(({ name, region, secrets }) => [name, region, secrets[0]?.name]),
  ).toEqual(
    [
      ['ReplicateSecretToRegions', REGION],
      ['StopReplicationToReplica', FAR],
      ['ReplicateSecretToRegions', REGION],
      ['RemoveRegionsFromReplication', REGION],
    ].map(([name, region]) => [`secretsmanager:${name}`, region, SecretId]),
  );
  expect(events.find(({ name }) => name.endsWith('ReplicateSecretToRegions'))?.request).toMatchObject({
    addReplicaRegions: [{ region: FAR }],
  });
});

test('a call that fails has the error, and its parameters', async () => {
  await client.send(new GetSecretValueCommand({ SecretId: 'trail/none' })).catch(() => {});
  expect(named(bus.take(), 'secretsmanager:GetSecretValue')).toMatchObject([
    { outcome: { is: 'failed', code: 'ResourceNotFoundException' }, secrets: [{ name: 'trail/none' }] },
  ]);
});

test('a rotation is told from its start to its end, a failure with its message', async () => {
  const { ARN = '' } = await client.send(
    new CreateSecretCommand({ Name: 'trail/rotated', SecretString: 'the value two' }),
  );
  for (const fails of [false, true]) {
    failing = fails;
    await client.send(new RotateSecretCommand({ SecretId: ARN, RotationLambdaARN: FUNCTION }));
    await server.rotations.whenIdle(ARN);
  }
  const service = bus
    .take()
    .map(read)
    .filter(({ kind }) => kind === 'service');
  expect(service.map(({ name, outcome }) => [name.slice('secretsmanager:'.length), outcome.is])).toEqual([
    ['RotationStarted', 'ok'],
    ['RotationSucceeded', 'ok'],
    ['RotationStarted', 'ok'],
    ['RotationFailed', 'failed'],
  ]);
  for (const { versionId, secrets, principal } of service) {
    expect(versionId).toMatch(/^[0-9a-f-]{36}$/);
    expect(secrets).toMatchObject([{ name: 'trail/rotated', arn: ARN }]);
    expect(principal).toMatchObject({ type: 'service', key: 'secretsmanager.amazonaws.com' });
  }
});

/** Keys that public records have and these have not, or the other way round, with the reason. Some leave out nulls. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  // Of the connection, which no reader looks at.
  'tlsDetails',
  // Of the console, of a VPC, and of single calls.
  ...[
    'sessionCredentialFromConsole',
    'vpcEndpointId',
    'vpcEndpointAccountId',
    'resources',
    'additionalEventData',
  ],
  // Only where a call failed.
  ...['errorCode', 'errorMessage'],
]);

test('records have the fields of public records of the same calls', async ({ skip }) => {
  skip(!havePublicRecords, 'no folder shared/cloudtrail beside this one, with public CloudTrail records');
  bus.take();
  await client.send(new CreateSecretCommand({ Name: 'trail/shape', SecretString: 'the value three' }));
  await client.send(new PutSecretValueCommand({ SecretId: 'trail/shape', SecretString: 'the value four' }));
  await client.send(new GetSecretValueCommand({ SecretId: 'trail/shape' }));
  await client.send(new DescribeSecretCommand({ SecretId: 'trail/shape' }));
  await client.send(new ListSecretsCommand({ MaxResults: 100 }));
  await client.send(new DeleteSecretCommand({ SecretId: 'trail/shape', RecoveryWindowInDays: 7 }));
  const own = bus
    .take()
    .filter(({ source, detail }) => source === 'aws.secretsmanager' && 'eventName' in detail);
  // Some collections keep only a few fields of each record.
  const whole = [...publicRecords()]
    .map(({ record }) => record)
    .filter(({ userIdentity, requestID }) => userIdentity && requestID);
  let compared = 0;
  for (const { detail } of own) {
    const theirs = whole.filter(
      ({ eventName, eventSource }) =>
        eventName === detail['eventName'] && eventSource === detail['eventSource'],
    );
    for (const record of theirs) {
      compared += 1;
      const keys = (one: object) =>
        Object.keys(one).filter((key) => !ELSEWHERE.has(key) && !key.startsWith('p_'));
      const missing = keys(record).filter((key) => !(key in detail));
      const extra = keys(detail).filter(
        (key) =>
          !(key in record) && detail[key] !== null && !['eventCategory', 'managementEvent'].includes(key),
      );
      expect({ name: detail['eventName'], missing, extra }).toEqual({
        name: detail['eventName'],
        missing: [],
        extra: [],
      });
    }
  }
  expect(compared).toBeGreaterThan(2);
});

test('no value is in any event', async () => {
  await client.send(new CreateSecretCommand({ Name: 'trail/quiet', SecretString: 'a very secret value' }));
  await client.send(
    new PutSecretValueCommand({
      SecretId: 'trail/quiet',
      SecretString: 'another secret value',
      RotationToken: 'token-of-rotation',
    }),
  );
  const text = JSON.stringify(bus.take());
  expect(text).toContain('trail/quiet');
  expect(text).not.toMatch(/secret value|token-of-rotation/);
});

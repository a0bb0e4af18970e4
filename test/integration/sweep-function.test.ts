/** The bundled sweep function over the model's list of secrets: DynamoDB is dynalite, SNS is fauxqs. */
import { readFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateSecretCommand,
  ReplicateSecretToRegionsCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  StopReplicationToReplicaCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTable, startDynamoDb } from '../../local/audit/dynamodb.ts';
import { type LocalTopic, startMessages } from '../../local/audit/messages.ts';
import { eventBus } from '../../local/event-bus.ts';
import { type LambdaFunction, startFunction } from '../../local/lambda/function.ts';
import { startSecretsManager } from '../../local/secrets-manager/server.ts';
import { rotationFunction } from '../contract/rotation-function.ts';
import { ACCOUNT } from '../support/cloudtrail-records.ts';

const REGION = 'eu-central-1';
const FAR = 'eu-west-1';
const DAY = 86_400_000;
const SCHEDULE = JSON.parse(
  await readFile(new URL('../../events/sweep/schedule.json', import.meta.url), 'utf8'),
) as unknown;
const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:rotate`;
const disposables = new AsyncDisposableStack();
const bus = eventBus();
let alerts: LocalTopic;
let sweep: LambdaFunction;

beforeAll(async () => {
  let ago = 90 * DAY;
  const functions = new Map([[FUNCTION, rotationFunction({ client: () => client })]]);
  const secrets = disposables.use(await startSecretsManager({ functions, bus, now: () => Date.now() - ago }));
  const credentials = { accessKeyId: 'owner', secretAccessKey: 'unused' };
  const client = new SecretsManagerClient({ endpoint: secrets.endpoint, region: REGION, credentials });
  const create = async (Name: string) =>
    (await client.send(new CreateSecretCommand({ Name, SecretString: 'value' }))).ARN ?? '';
  const rotate = async (SecretId: string) => {
    await client.send(
      new RotateSecretCommand({
        SecretId,
        RotationLambdaARN: FUNCTION,
        RotationRules: { AutomaticallyAfterDays: 30 },
      }),
    );
    await secrets.rotations.whenIdle(SecretId);
  };
  await rotate(await create('sweep/overdue'));
  ago = 0;
  await rotate(await create('sweep/fresh'));
  await create('sweep/canary');
  const far = new SecretsManagerClient({ endpoint: secrets.endpoint, region: FAR, credentials });
  const AddReplicaRegions = [{ Region: FAR }];
  for (const name of ['sweep/copied', 'sweep/in-the-way'])
    await client.send(
      new ReplicateSecretToRegionsCommand({ SecretId: await create(name), AddReplicaRegions }),
    );
  // What takes the place of the second copy is there before it is copied again.
  await far.send(new StopReplicationToReplicaCommand({ SecretId: 'sweep/in-the-way' }));
  await client.send(new ReplicateSecretToRegionsCommand({ SecretId: 'sweep/in-the-way', AddReplicaRegions }));
  far.destroy();
  for (let n = 0; n < 120; n++) await create(`sweep/many-${n}`);
  client.destroy();

  const dynamo = disposables.use(await startDynamoDb());
  const messages = disposables.use(await startMessages(REGION));
  alerts = await messages.topic('alerts');
  const table = new DynamoDBClient({ endpoint: dynamo.endpoint, region: REGION, credentials });
  await createTable(table, 'audit');
  table.destroy();
  sweep = disposables.use(
    startFunction({
      entry: new URL('../../dist/sweep/index.mjs', import.meta.url).pathname,
      env: {
        AWS_REGION: REGION,
        ...{ AWS_ACCESS_KEY_ID: 'SWEEP', AWS_SECRET_ACCESS_KEY: 'unused' },
        AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
        AWS_ENDPOINT_URL_SNS: messages.endpoint,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
        KEYTURN_TABLE: 'audit',
        KEYTURN_TOPIC: alerts.arn,
        KEYTURN_CANARIES: 'sweep/canary',
      },
    }),
  );
  bus.take();
});
afterAll(() => disposables.disposeAsync());

test('it lists all secrets, reads none but its canary, and tells what is overdue or out of step', async () => {
  expect(await sweep.invoke(SCHEDULE)).toMatchObject({ ok: true });
  const told = (await alerts.take()).map(({ Message }) => JSON.parse(Message));
  const overdue = told.filter(({ title }) => title === 'A rotation is overdue');
  expect(overdue.map(({ secrets }) => secrets.listed[0].name)).toEqual(['sweep/overdue']);
  const failed = told.filter(({ title }) => title === 'A replica of a secret is out of step');
  expect(failed.map(({ secrets, findings }) => [secrets.listed[0].name, findings[0].because])).toEqual([
    ['sweep/in-the-way', ['Of the secret’s copies the replica in eu-west-1 failed.']],
  ]);
  expect(told.map(({ stage }) => stage).toSorted()).toEqual(['digest', 'first', 'first']);
  const calls = bus
    .take()
    .map(({ detail }) => detail)
    .filter(({ eventSource }) => eventSource === 'secretsmanager.amazonaws.com');
  expect(calls.map(({ eventName }) => eventName).toSorted()).toEqual([
    ...['DescribeSecret', 'DescribeSecret', 'GetSecretValue', 'ListSecrets', 'ListSecrets'],
  ]);
  expect(calls[0]?.['requestParameters']).toEqual({ secretId: 'sweep/canary' });
});

test('called again, it has nothing more to do today', async () => {
  expect(await sweep.invoke(SCHEDULE)).toMatchObject({ ok: true });
  expect(await alerts.take()).toEqual([]);
  expect(bus.take()).toEqual([]);
});

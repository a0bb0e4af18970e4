/** The bundled audit function, with AWS's own clients: DynamoDB is dynalite, SNS and SQS are fauxqs. */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTable, startDynamoDb } from '../../local/audit/dynamodb.ts';
import { type LocalTopic, type Published, startMessages } from '../../local/audit/messages.ts';
import { type LambdaFunction, startFunction } from '../../local/lambda/function.ts';
import { AlertSchema } from '../../shared/audit/alerts/alert.ts';
import { ACCOUNT, record } from '../support/cloudtrail-records.ts';

const REGION = 'eu-central-1';
const disposables = new AsyncDisposableStack();
let alerts: LocalTopic;
let chat: LocalTopic;
let env: Record<string, string>;
let audit: LambdaFunction;

beforeAll(async () => {
  const dynamo = disposables.use(await startDynamoDb());
  const messages = disposables.use(await startMessages(REGION));
  alerts = await messages.topic('alerts');
  chat = await messages.topic('chat');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: dynamo.endpoint, region: REGION, credentials });
  await createTable(client, 'audit');
  client.destroy();
  env = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ENDPOINT_URL_SNS: messages.endpoint,
    KEYTURN_TABLE: 'audit',
    KEYTURN_TOPIC: alerts.arn,
    KEYTURN_CHAT_TOPIC: chat.arn,
  };
  audit = disposables.use(start());
});
afterAll(() => disposables.disposeAsync());

const start = (other: Record<string, string> = {}): LambdaFunction =>
  startFunction({
    entry: new URL('../../dist/audit/index.mjs', import.meta.url).pathname,
    env: { ...env, ...other },
  });

const enveloped = (detail: unknown) => ({
  'detail-type': 'AWS API Call via CloudTrail',
  source: 'aws.secretsmanager',
  detail,
});

const batch = (bodies: readonly unknown[]) => ({
  Records: bodies.map((body, at) => ({
    eventSource: 'aws:sqs',
    messageId: `message-${at}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })),
});

/** Enough reads by one user for an alert. */
const theft = (user: string) =>
  Array.from({ length: 20 }, (_, at) =>
    enveloped(
      record({
        eventID: `${user}-${at}`,
        eventTime: new Date(Date.parse('2026-11-20T09:00:00Z') + at * 1000).toISOString(),
        requestParameters: { secretId: `team${at}/database` },
        userIdentity: {
          type: 'IAMUser',
          arn: `arn:aws:iam::${ACCOUNT}:user/${user}`,
          accountId: ACCOUNT,
          accessKeyId: 'AKIAEXAMPLE',
        },
        userAgent: 'aws-cli/2.0 \u0007\nKeyturn: all is well <b>',
      }),
    ),
  );

const titlesOf = (messages: readonly Published[]): string[] =>
  messages.map(({ Message }) => v.parse(AlertSchema, JSON.parse(Message)).title).toSorted();

test('a theft in a batch becomes one alert, as JSON and as a chat notice', async () => {
  expect(await audit.invoke(batch(theft('mallory')))).toMatchObject({
    ok: true,
    value: { batchItemFailures: [] },
  });
  const [message, ...more] = await alerts.take();
  expect(more).toEqual([]);
  const alert = v.parse(AlertSchema, JSON.parse(message?.Message ?? ''));
  expect(alert).toMatchObject({
    stage: 'first',
    severity: 'high',
    secrets: { total: 20 },
    accountId: ACCOUNT,
  });
  expect(alert.principal.key).toBe(`arn:aws:iam::${ACCOUNT}:user/mallory`);
  expect(message?.Subject).toBe(`[Keyturn high] Many secrets read at once (account ${ACCOUNT})`);
  expect(message?.MessageAttributes).toMatchObject({ severity: { Type: 'String', Value: 'high' } });
  const [notice] = await chat.take();
  expect(JSON.parse(notice?.Message ?? '')).toMatchObject({
    version: '1.0',
    source: 'custom',
    content: { textType: 'client-markdown' },
  });
});

test('delivered again, it is told no more', async () => {
  await audit.invoke(batch(theft('mallory')));
  expect(await alerts.take()).toEqual([]);
});

test('what cannot be read is told, in the log too, and goes back to be kept; the rest is done', async () => {
  const bodies = ['{not json', enveloped({ eventName: 'x' }), ...theft('trudy')];
  const batchItemFailures = ['message-0', 'message-1'].map((itemIdentifier) => ({ itemIdentifier }));
  expect(await audit.invoke(batch(bodies))).toMatchObject({ ok: true, value: { batchItemFailures } });
  expect(titlesOf(await alerts.take())).toEqual(['Events that cannot be read', 'Many secrets read at once']);
  expect(audit.output()).toContain('a message is not JSON');
  expect(audit.output()).toContain('has no eventSource');
});

test('a batch of more messages than are judged at once is one batch all the same', async () => {
  const [first, ...others] = theft('oscar');
  const usual = Array.from({ length: 1200 }, (_, at) => enveloped(record({ eventID: `usual-${at}` })));
  const bodies = [first, ...usual.slice(0, 700), '{not json', ...usual.slice(700), ...others];
  const batchItemFailures = [{ itemIdentifier: 'message-701' }];
  expect(await audit.invoke(batch(bodies))).toMatchObject({ ok: true, value: { batchItemFailures } });
  // That events cannot be read was told above, for this day.
  expect(titlesOf(await alerts.take())).toEqual(['Many secrets read at once']);
  expect(audit.output()).toContain('"events":1221');
});

const sample = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../events/audit/${name}.json`, import.meta.url), 'utf8'));

test('an event of EventBridge may come by itself: the sample', async () => {
  expect(await audit.invoke(await sample('event'))).toMatchObject({ ok: true });
  const [message] = await alerts.take();
  expect(JSON.parse(message?.Message ?? '')).toMatchObject({
    severity: 'critical',
    title: 'The root user touched secrets',
  });
});

test('the sample of a batch is one', async () => {
  expect(await audit.invoke(await sample('batch'))).toMatchObject({ value: { batchItemFailures: [] } });
  expect(titlesOf(await alerts.take())).toEqual(['A secret was deleted']);
});

test('a log subscription is understood, whatever else was logged', async () => {
  const logEvents = [
    { id: '1', timestamp: 1_763_629_200_000, message: 'START RequestId: x' },
    {
      id: '2',
      timestamp: 1_763_629_200_000,
      message: JSON.stringify({
        errorCode: 'PASSWORD_REFUSED',
        secretArn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:a-a1B2c3`,
      }),
    },
  ];
  const data = gzipSync(JSON.stringify({ logEvents })).toString('base64');
  expect(await audit.invoke({ awslogs: { data } })).toMatchObject({ ok: true });
  const [message] = await alerts.take();
  const [finding] = v.parse(AlertSchema, JSON.parse(message?.Message ?? '')).findings;
  expect(finding?.because).toEqual(['A step of the rotation failed with PASSWORD_REFUSED.']);
});

test('while SNS is away the messages stay in the queue, and the alert is sent when it is back', async () => {
  await using away = start({ AWS_ENDPOINT_URL_SNS: 'http://127.0.0.1:9', KEYTURN_CHAT_TOPIC: '' });
  const messages = batch(theft('eve'));
  const { value } = (await away.invoke(messages)) as { value?: { batchItemFailures: unknown[] } };
  expect(value?.batchItemFailures.length).toBeGreaterThan(0);
  expect(away.output()).toContain('ALERT_NOT_SENT');
  expect(await alerts.take()).toEqual([]);
  expect(await audit.invoke(messages)).toMatchObject({ ok: true, value: { batchItemFailures: [] } });
  expect(await alerts.take()).toHaveLength(1);
});

test.each([
  ['KEYTURN_TABLE', { KEYTURN_TABLE: '' }],
  ['KEYTURN_SUPPRESSIONS', { KEYTURN_SUPPRESSIONS: '[{"reason":"x"}]' }],
])('a mistake in %s is named', async (name, other) => {
  await using broken = start(other);
  expect(await broken.invoke(batch([]))).toMatchObject({ ok: false });
  expect(broken.output()).toContain('CONFIG_INVALID');
  expect(broken.output()).toContain(name);
});

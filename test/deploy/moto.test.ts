/** Deploy, info, update and remove on moto, a third party's emulator of AWS: each does what it says. It runs no function. */
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import {
  GetPolicyCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { installMoto, startMoto } from '../support/moto.ts';
import { type Serverless, serverlessWith } from '../support/serverless.ts';
import { keptOf, type Stack, stackNamed } from '../support/stack.ts';

// Commands of serverless, and emulators, take seconds; and a minute where many tests run.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const missing = await installMoto();
const FUNCTIONS = ['audit', 'rotateMysql', 'rotatePostgres', 'rotateRedshift', 'sweep'].map(
  (name) => `keyturn-dev-${name}`,
);
const ROTATION = FUNCTIONS.filter((name) => name.includes('rotate'));
const ACCOUNT = '123456789012';

describe.skipIf(missing !== undefined)(`on moto${missing === undefined ? '' : `: ${missing}`}`, () => {
  const parts = new AsyncDisposableStack();
  const client = <T extends { destroy(): void }>(one: T): T => parts.adopt(one, () => one.destroy());
  let settings: { endpoint: string; region: string; credentials: typeof CREDENTIALS };
  let serverless: Serverless;
  let stack: Stack;
  let lambda: LambdaClient;
  let topics: SNSClient;

  beforeAll(async () => {
    const { endpoint } = parts.use(await startMoto());
    settings = { endpoint, region: 'eu-central-1', credentials: CREDENTIALS };
    serverless = parts.use(
      await serverlessWith(
        { region: 'eu-central-1' },
        {
          AWS_ENDPOINT_URL: endpoint,
          AWS_REGION: settings.region,
          AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
          AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        },
      ),
    );
    await serverless.run('deploy');
    stack = await stackNamed('keyturn-dev', settings);
    lambda = client(new LambdaClient(settings));
    topics = client(new SNSClient(settings));
  });
  afterAll(() => parts.disposeAsync());

  test('deploy makes the functions, as the template has them', async () => {
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    expect(Functions.map(({ FunctionName }) => FunctionName).toSorted()).toEqual(FUNCTIONS);
    for (const one of Functions) {
      expect(one).toMatchObject({ Runtime: 'nodejs24.x' });
      if (ROTATION.includes(one.FunctionName ?? '')) expect(one.Timeout).toBeGreaterThanOrEqual(120);
    }
    const roles = Functions.map(({ Role }) => Role);
    expect(new Set(roles).size).toBe(FUNCTIONS.length);
  });

  test('Secrets Manager may invoke the rotation functions, for this account only', async () => {
    for (const FunctionName of ROTATION) {
      const { Policy = '' } = await lambda.send(new GetPolicyCommand({ FunctionName }));
      const { Statement } = JSON.parse(Policy) as { Statement: unknown[] };
      expect(Statement).toContainEqual(
        expect.objectContaining({
          Effect: 'Allow',
          Principal: { Service: 'secretsmanager.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Condition: expect.objectContaining({ StringEquals: { 'AWS:SourceAccount': ACCOUNT } }),
        }),
      );
    }
  });

  test('the rules have their states, and the queue feeds the audit', async () => {
    const events = client(new EventBridgeClient(settings));
    const { Rules = [] } = await events.send(new ListRulesCommand({}));
    const states = Object.fromEntries(Rules.map(({ Name = '', State }) => [Name, State]));
    const all = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
    expect(states).toMatchObject({
      'keyturn-dev-secrets': all,
      'keyturn-dev-key-use': all,
      'keyturn-dev-parameters': all,
      'keyturn-dev-changes': 'ENABLED',
    });
    const mappings = await lambda.send(new ListEventSourceMappingsCommand({}));
    expect(mappings.EventSourceMappings).toMatchObject([
      {
        EventSourceArn: expect.stringContaining(':keyturn-dev-AuditQueue'),
        FunctionArn: expect.stringMatching(/:function:keyturn-dev-audit$/),
        State: 'Enabled',
      },
    ]);
  });

  // moto forgets the outputs of a stack that was updated by a change set; MiniStack's test sees them.
  test('info finds the stack', async () => {
    expect(await serverless.run('info')).toContain('stack: keyturn-dev');
  });

  test('deployed again, nothing changes; an update keeps what is remembered, and changes what was asked', async () => {
    expect(await serverless.run('deploy')).toContain('No changes to deploy');
    await serverless.change({ region: settings.region, networks: ['203.0.113.0/24'] });
    await serverless.run('deploy');
    expect(keptOf(await stackNamed('keyturn-dev', settings))).toEqual(keptOf(stack));
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    const audit = Functions.find(({ FunctionName }) => FunctionName === 'keyturn-dev-audit');
    expect(audit?.Environment?.Variables).toMatchObject({ KEYTURN_NETWORKS: '203.0.113.0/24' });
  });

  test('remove takes the functions and rules away, and leaves what must stay', async () => {
    await serverless.run('remove');
    const { Functions } = await lambda.send(new ListFunctionsCommand({}));
    expect(Functions).toEqual([]);
    const tables = client(new DynamoDBClient(settings));
    const table = new DescribeTableCommand({ TableName: stack.resources['AuditTable'] });
    expect((await tables.send(table)).Table?.TableStatus).toBe('ACTIVE');
    const { Topics = [] } = await topics.send(new ListTopicsCommand({}));
    expect(Topics.map(({ TopicArn }) => TopicArn)).toContain(stack.resources['AlertTopic']);
  });
});

const CREDENTIALS = { accessKeyId: 'testing', secretAccessKey: 'testing' };

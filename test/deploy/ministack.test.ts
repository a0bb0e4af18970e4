/**
 * The service deployed and at work: on MiniStack, a third party's emulator of AWS, which holds each function to its
 * role's policies. Secrets Manager, its CloudTrail and the delivery of AWS's own events are our model's.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { simulate } from '../../cli/simulate.ts';
import { ACCOUNT, type Account, REGION, startAccount } from '../../local/account/account.ts';
import { type AlertQueue, subscribe } from '../../local/account/alert-queue.ts';
import { installMinistack } from '../../local/account/ministack.ts';
import { rulesOf } from '../../local/account/rules.ts';
import type { DatabaseOnStage, Login } from '../../local/rehearsal/cast.ts';
import { postgresOnStage } from '../../local/rehearsal/postgres.ts';
import { furnish, steal, THIEF, thief } from '../../local/rehearsal/theft.ts';
import { postgresMajors } from '../../local/servers/postgres.ts';
import { forwarder } from '../../scripts/forwarder.ts';
import { type Serverless, serverlessWith } from '../support/serverless.ts';
import { keptOf, type Stack, stackNamed } from '../support/stack.ts';

// Commands of serverless, and emulators, take seconds; and a minute where many tests run.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const major = postgresMajors().installed.at(-1);
const missing = major === undefined ? 'PostgreSQL is not installed' : await installMinistack();

interface Ended {
  readonly status: number;
  readonly text: string;
}

describe.skipIf(missing !== undefined)(`on MiniStack${missing === undefined ? '' : `: ${missing}`}`, () => {
  const parts = new AsyncDisposableStack();
  let database: DatabaseOnStage;
  let account: Account;
  let serverless: Serverless;
  let stack: Stack;
  let alerts: AlertQueue;
  let secrets: SecretsManagerClient;

  beforeAll(async () => {
    if (major === undefined) return;
    database = parts.use(await postgresOnStage(major));
    account = parts.use(await startAccount({ functionEnv: { KEYTURN_TLS_CA_FILE: database.caFile } }));
    serverless = parts.use(await serverlessWith({ region: REGION }, account.env));
    await serverless.run('deploy');
    stack = await stackNamed('keyturn-dev', account.settings);
    alerts = parts.use(await subscribe(account.settings, stack.outputs['AlertTopicArn'] ?? ''));
    secrets = parts.adopt(new SecretsManagerClient(account.settings), (client) => client.destroy());
  });
  afterAll(() => parts.disposeAsync());

  test('the emulator refuses who is not known to it, and who has no rights', async () => {
    const stranger = { accessKeyId: THIEF, secretAccessKey: 'of another' };
    await expect(topicsSeenBy(stranger)).rejects.toThrow(/token|signature/i);
    const iam = new IAMClient(account.settings);
    await iam.send(new CreateUserCommand({ UserName: 'nobody' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'nobody' }));
    iam.destroy();
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
    await expect(topicsSeenBy({ accessKeyId, secretAccessKey })).rejects.toThrow(/not authorized/);
    expect(await topicsSeenBy(account.settings.credentials)).toHaveLength(2);
  });

  test('info tells the functions and the outputs, which name what there is', async () => {
    const { outputs } = stack;
    const info = await serverless.run('info', '--verbose');
    expect(info).toContain('rotatePostgres: keyturn-dev-rotatePostgres');
    for (const [name, value] of Object.entries(outputs)) expect(info).toContain(`${name}: ${value}`);
    expect(await topicsSeenBy(account.settings.credentials)).toEqual(
      expect.arrayContaining([outputs['AlertTopicArn'], outputs['ChatTopicArn']]),
    );
  });

  test('RotateSecret has the deployed function make the four steps', async () => {
    const [cast] = database.casts;
    const { secret } = (await cast?.prepare(database, 'deployed')) ?? {};
    const { engine, host, port } = database;
    const SecretString = JSON.stringify({ engine, host, port, ...secret });
    const { ARN } = await secrets.send(new CreateSecretCommand({ Name: 'app/orders', SecretString }));
    const steps: string[] = [];
    account.rotations.onStep(({ step, phase }) => void steps.push(`${step} ${phase}`));
    const RotationLambdaARN = stack.outputs['RotatePostgresArn'];
    const RotationRules = { AutomaticallyAfterDays: 30 };
    await secrets.send(new RotateSecretCommand({ SecretId: ARN, RotationLambdaARN, RotationRules }));
    expect(await account.rotations.whenIdle(ARN)).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(steps).toEqual(
      ['createSecret', 'setSecret', 'testSecret', 'finishSecret'].flatMap((step) => [
        `${step} started`,
        `${step} succeeded`,
      ]),
    );
    const answer = await secrets.send(new GetSecretValueCommand({ SecretId: ARN }));
    const login = JSON.parse(answer.SecretString ?? '') as Login;
    expect(login.password).not.toBe(secret?.password);
    expect(await database.work(login)).toBe('accepted');
  });

  test('attach checks a secret by the deployed function, attaches it, and watches its rotation', async () => {
    const [cast] = database.casts;
    const { secret } = (await cast?.prepare(database, 'attached')) ?? {};
    const { engine, host, port } = database;
    const SecretString = JSON.stringify({ engine, host, port, ...secret });
    const { ARN } = await secrets.send(new CreateSecretCommand({ Name: 'app/bills', SecretString }));
    const { status, text: screen } = await command('attach', 'app/bills', '--yes');
    expect([status, screen]).toEqual([0, expect.stringContaining('Rotated: AWSCURRENT is the new version.')]);
    for (const step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'])
      expect(screen).toMatch(new RegExp(`^  ${step} +✔`, 'm'));
    const answer = await secrets.send(new GetSecretValueCommand({ SecretId: ARN }));
    expect(await database.work(JSON.parse(answer.SecretString ?? '') as Login)).toBe('accepted');
  });

  test('CloudTrail’s records of it reach the audit, which knows the function’s role; the theft is told before all else', async () => {
    await furnish(account.endpoint, account.settings.credentials);
    account.callers.set(THIEF, thief(ACCOUNT));
    await steal(account.endpoint);
    await account.events.delivered();
    expect(await alerts.next()).toMatchObject({
      severity: 'high',
      accountId: ACCOUNT,
      region: REGION,
      principal: { key: `arn:aws:iam::${ACCOUNT}:user/backup-job` },
      secrets: { total: expect.any(Number) },
    });
    expect((await remembered(stack.outputs['AuditTableName'])).join()).toMatch(/RotatePostgresRole/);
  });

  test('a forwarder of another Region and account sends to the bus, and the audit tells what happened there', async () => {
    const elsewhere = { account: '444455556666', region: 'us-east-1' };
    const settings = { ...account.settings, region: elsewhere.region };
    await forwarderIn(settings, stack.outputs['BusArn'] ?? '');
    const events = parts.adopt(rulesOf(settings), (one) => one.close());
    const [detail] = simulate('root-use', elsewhere, Date.now()).Records as Record<string, unknown>[];
    events.put({
      'detail-type': 'AWS API Call via CloudTrail',
      source: 'aws.secretsmanager',
      ...elsewhere,
      time: String(detail?.['eventTime']),
      resources: [],
      detail: detail ?? {},
    });
    await events.delivered();
    expect(await alerts.next()).toMatchObject({
      severity: 'critical',
      accountId: elsewhere.account,
      region: elsewhere.region,
      principal: { key: `${elsewhere.account}:root` },
    });
  });

  test('the sweep sees all secrets, and reads its canary', async () => {
    const sent = account.events.take().length;
    expect(sent).toBeGreaterThan(0);
    const lambda = new LambdaClient(account.settings);
    const answer = await lambda.send(
      new InvokeCommand({ FunctionName: 'keyturn-dev-sweep', LogType: 'Tail' }),
    );
    lambda.destroy();
    expect(answer.FunctionError).toBeUndefined();
    expect(Buffer.from(answer.LogResult ?? '', 'base64').toString()).toMatch(
      /"outcome":"succeeded","secrets":9/,
    );
    await account.events.delivered();
    const reads = account.events.take().filter(({ detail }) => detail['eventName'] === 'GetSecretValue');
    expect(reads.map(({ detail }) => detail['requestParameters'])).toEqual([
      { secretId: expect.stringContaining('keyturn-dev/canary') },
    ]);
  });

  test('deployed again, nothing changes; an update keeps table, topic and key', async () => {
    expect(await serverless.run('deploy')).toContain('No changes to deploy');
    const before = await remembered(stack.outputs['AuditTableName']);
    await serverless.change({ region: REGION, networks: ['203.0.113.0/24'] });
    await serverless.run('deploy');
    const updated = await stackNamed('keyturn-dev', account.settings);
    expect(keptOf(updated)).toEqual(keptOf(stack));
    expect(await remembered(updated.outputs['AuditTableName'])).toEqual(expect.arrayContaining(before));
  });

  test('remove refuses while a secret is rotated, by name; then it leaves what must stay', async () => {
    const refused = await remove();
    expect(refused.status).toBe(1);
    expect(refused.text).toContain('Nothing was removed.');
    expect(refused.text).toMatch(/^ {2}app\/bills\n {2}app\/orders$/m);
    expect(refused.text).toContain(`cancel-rotate-secret --region ${REGION} --secret-id app/bills`);
    expect((await stackNamed('keyturn-dev', account.settings)).resources).toHaveProperty('AuditTable');

    for (const SecretId of ['app/bills', 'app/orders'])
      await secrets.send(new CancelRotateSecretCommand({ SecretId }));
    const before = await remembered(stack.outputs['AuditTableName']);
    const removed = await remove();
    expect(removed.status).toBe(0);
    await expect(stackNamed('keyturn-dev', account.settings)).rejects.toThrow(/does not exist/);
    for (const name of ['AuditTable', 'AlertTopic', 'TopicKey', 'AuditDeadLetters'])
      expect(removed.text).toContain(stack.resources[name]);
    // What was on its way is judged meanwhile, and adds to it.
    expect(await remembered(stack.outputs['AuditTableName'])).toEqual(expect.arrayContaining(before));
    expect(await secrets.send(new DescribeSecretCommand({ SecretId: 'app/orders' }))).toMatchObject({
      RotationEnabled: false,
    });
  });

  async function topicsSeenBy(credentials: Account['settings']['credentials']): Promise<unknown[]> {
    const sns = new SNSClient({ ...account.settings, credentials });
    try {
      const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
      return Topics.map(({ TopicArn }) => TopicArn);
    } finally {
      sns.destroy();
    }
  }

  const remove = () =>
    command('remove', '--stage', 'dev', '--file', join(serverless.folder, 'keyturn.dev.yml'));

  async function command(name: string, ...args: readonly string[]): Promise<Ended> {
    const all = [join(import.meta.dirname, `../../cli/${name}.ts`), ...args];
    const env = { ...account.env, PATH: process.env['PATH'], HOME: serverless.folder };
    const child = spawn(process.execPath, all, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'close') as Promise<[number]>;
    const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { status, text: `${out}${err}` };
  }

  async function forwarderIn(settings: CloudFormationClientConfig, Bus: string): Promise<void> {
    const client = new CloudFormationClient(settings);
    const StackName = 'keyturn-dev-forwarder';
    await client.send(
      new CreateStackCommand({
        StackName,
        TemplateBody: JSON.stringify(await forwarder(StackName)),
        Capabilities: ['CAPABILITY_IAM'],
        Parameters: [{ ParameterKey: 'Bus', ParameterValue: Bus }],
      }),
    );
    await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 1 }, { StackName });
    client.destroy();
  }

  /** Keys of all that is in the table. */
  async function remembered(TableName: string | undefined): Promise<string[]> {
    const client = new DynamoDBClient(account.settings);
    const { Items = [] } = await client.send(new ScanCommand({ TableName }));
    client.destroy();
    return Items.map(({ subject, span }) => `${subject?.S} ${span?.S}`);
  }
});

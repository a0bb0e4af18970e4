/** `npm run attach` as a person runs it: the bundled function, a real database, the model of Secrets Manager. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateSecretCommand, TagResourceCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cast } from '../../local/rehearsal/cast.ts';
import type { Secret } from '../../local/secrets-manager/secret.ts';
import { postgresMajors } from '../../local/servers/postgres.ts';
import { type AttachStage, KEY, startAttachStage } from '../support/attach-stage.ts';

const major = postgresMajors().installed.at(-1);
if (major === undefined) test.skip('attach: no PostgreSQL can be had for this platform', () => {});

const noTerminal = await promisify(execFile)('script', ['--version']).then(
  () => undefined,
  () => ' (skipped: no command `script` here to make a terminal with)',
);

let on: AttachStage;
/** By the first test. */
let printed: string;
const READS = /^(DescribeSecret|GetResourcePolicy|ListSecrets|TagResource|UntagResource)$/;

describe.skipIf(major === undefined)('npm run attach', () => {
  beforeAll(async () => {
    if (major !== undefined) on = await startAttachStage(major);
  });
  afterAll(() => on[Symbol.asyncDispose]());

  async function enter(castName: string, tag: string): Promise<Secret> {
    const cast = on.database.casts.find(({ name }) => name === castName) as Cast;
    const secret = on.stage.secrets.model.get(await on.stage.enter(cast, tag));
    on.calls.length = 0;
    return secret;
  }

  /** What the operator's command called, in its order. */
  const called = () =>
    on.calls.filter(({ caller }) => caller === 'OPERATOR').map(({ action, input }) => ({ action, input }));
  const names = () => called().map(({ action }) => action);

  test('looks, attaches with an hour of its own, and rotates', async () => {
    const secret = await enter('base and clone', 'orders');
    const { code, stdout, stderr } = await on.run('attach', 'app/orders', '--yes', '--every', '90d');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    printed = stdout;
    expect(stdout).toContain('web_orders logs in with AWSCURRENT');
    expect(stdout).toMatch(/It rotates on day \d+ of every third month, between \d\d:00 and \d\d:00 UTC\./);
    const steps = [...stdout.matchAll(/^ {2}(\w+Secret) +✔ +\d+ ms$/gm)].map(([, step]) => step);
    expect(steps).toEqual(['testSecret', 'createSecret', 'setSecret', 'testSecret', 'finishSecret']);
    expect(stdout).toMatch(/Rotated: AWSCURRENT is the new version\.\n$/);
    expect(await on.stage.read(secret.arn)).toMatchObject({ username: 'web_orders_clone' });
    const [test, rotation] = called().filter(({ action }) => action === 'RotateSecret');
    expect(test?.input).toMatchObject({
      RotateImmediately: false,
      RotationLambdaARN: on.stage.function.arn,
      RotationRules: {
        ScheduleExpression: expect.stringMatching(/^cron\(0 \d+ \d+ [123]\/3 \? \*\)$/),
        Duration: '4h',
      },
    });
    expect(rotation?.input).toMatchObject({ SecretId: secret.arn });
    const { port } = on.database;
    expect([...secret.tags]).toEqual([
      ['keyturn:account', `web_orders web_orders_clone@127.0.0.1:${port}`],
      ['keyturn:strategy', 'alternating-users'],
    ]);
    const passwords = [...secret.versions.values()].map(({ value }) =>
      JSON.parse(value?.content.reveal() ?? '{}'),
    );
    for (const { password } of passwords) expect(stdout).not.toContain(password);
  });

  test('prints what docs/attaching.md shows', async () => {
    const page = await readFile(new URL('../../docs/attaching.md', import.meta.url), 'utf8');
    const [, shown = ''] = /```\n(app\/orders, looked at[\s\S]*?)```/.exec(page) ?? [];
    const alike = (text: string) => text.replace(/\d+/g, 'N').replace(/ +/g, ' ');
    expect(alike(printed)).toBe(alike(shown));
  });

  test('no value is read on the way', () => {
    expect(names()).not.toContain('GetSecretValue');
    expect(names()).not.toContain('BatchGetSecretValue');
    expect(names().filter((name) => !READS.test(name))).toEqual(['RotateSecret', 'RotateSecret']);
  });

  test('a second time keeps the schedule, and tags nothing for the check', async () => {
    on.calls.length = 0;
    const { code, stdout } = await on.run('attach', 'app/orders', '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain('It rotates by the schedule it has.');
    expect(names()).not.toContain('UntagResource');
  });

  test('what the check finds keeps it from being attached, and leaves nothing behind', async () => {
    const secret = await enter('own password', 'typo');
    const text = JSON.parse(
      secret.versions.get(secret.labels.get('AWSCURRENT') ?? '')?.value?.content.reveal() ?? '',
    );
    const SecretString = JSON.stringify({ ...text, password: 'Wrong-password-1' });
    await on.stage.client.send(new CreateSecretCommand({ Name: 'app/wrong', SecretString }));
    on.calls.length = 0;
    const { code, stdout, stderr } = await on.run('attach', 'app/wrong', '--yes');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/login +✘ .*CREDENTIALS_REJECTED/);
    expect(stdout).toMatch(/Fix: Put the password that works into AWSCURRENT/);
    expect(stdout).toMatch(/Not attached, and nothing was changed:\n {2}The check failed: login\.\n$/);
    expect(stdout).not.toContain('Wrong-password-1');
    const wrong = on.stage.secrets.model.get('app/wrong');
    expect(wrong.rotation).toBeUndefined();
    expect([...wrong.tags]).toEqual([]);
    expect(names()).not.toContain('RotateSecret');
  });

  test('another secret of the same user keeps it from being attached', async () => {
    const secret = await enter('own password', 'twice');
    const SecretString =
      secret.versions.get(secret.labels.get('AWSCURRENT') ?? '')?.value?.content.reveal() ?? '';
    await on.stage.client.send(new CreateSecretCommand({ Name: 'app/same-user', SecretString }));
    expect((await on.run('attach', 'app/twice', '--yes')).code).toBe(0);
    const { code, stdout } = await on.run('attach', 'app/same-user', '--yes');
    expect(code).toBe(1);
    expect(stdout).toMatch(/Not attached.*\n.*\n {2}app\/twice rotates a user of app_twice@127\.0\.0\.1/);
    expect(on.stage.secrets.model.get('app/same-user').rotation).toBeUndefined();
  });

  describe('a role that could not finish', () => {
    const refusedWith = async (...parts: string[]) => {
      const { code, stdout } = await on.run('attach', 'app/halfway', '--yes');
      expect(code).toBe(1);
      expect(stdout).toContain('Not attached, and nothing was changed:');
      for (const part of parts) expect(stdout).toContain(part);
      expect(on.stage.secrets.model.get('app/halfway').rotation).toBeUndefined();
    };
    beforeAll(() => enter('own password', 'halfway'));

    test('by its own policies', async () => {
      const policies = on.account.rolePolicies;
      on.account.rolePolicies = [];
      await refusedWith(
        'may not secretsmanager:DescribeSecret, secretsmanager:GetSecretValue, secretsmanager:PutSecretValue, secretsmanager:UpdateSecretVersionStage: see secretNames',
      );
      on.account.rolePolicies = policies;
    });

    test("by the secret's policy", async () => {
      const secret = on.stage.secrets.model.get('app/halfway');
      const Statement = [{ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:Put*', Resource: '*' }];
      secret.policy = JSON.stringify({ Version: '2012-10-17', Statement });
      await refusedWith('may not secretsmanager:PutSecretValue: see');
      secret.policy = undefined;
    });

    test("by the key's policy", async () => {
      const secret = on.stage.secrets.model.get('app/halfway');
      secret.kmsKeyId = KEY;
      const let_ = (who: string, Action: string | string[]) => ({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: who }, Action, Resource: '*' }],
      });
      on.account.denied.add('kms:DescribeKey');
      const { code, stderr } = await on.run('attach', 'app/halfway', '--yes');
      on.account.denied.clear();
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining(`you may not look at the secret's key ${KEY}: list it in secretKeys`),
      });
      on.account.keys.set(KEY, let_('arn:aws:iam::444455556666:root', 'kms:*'));
      await refusedWith('lets neither the account nor the role kms:Decrypt, kms:GenerateDataKey: let it');
      on.account.keys.set(KEY, let_('arn:aws:iam::111122223333:root', 'kms:Decrypt'));
      await refusedWith('lets neither the account nor the role kms:GenerateDataKey');
      on.account.keys.set(KEY, let_('arn:aws:iam::111122223333:root', 'kms:*'));
      expect((await on.run('attach', 'app/halfway', '--yes')).code).toBe(0);
    });
  });

  test.each([
    ['switches rotation off again', undefined, 'rotation was switched off again'],
    ['puts back the function of before', 'arn:aws:lambda:eu-central-1:111122223333:function:old', 'put back'],
  ])('a configuration that fails its test %s', async (_name, functionArn, says) => {
    const secret = await enter('own password', functionArn === undefined ? 'untested' : 'migrated');
    const rules = { AutomaticallyAfterDays: 30 };
    if (functionArn !== undefined) {
      on.stage.functions.set(functionArn, async () => ({ ok: true }));
      secret.rotation = { enabled: true, functionArn, rules, rotatedAt: undefined };
    }
    on.failOnceAttached.add(secret.arn);
    const { code, stdout } = await on.run('attach', secret.name, '--yes', '--every', '7d');
    expect(code).toBe(1);
    expect(stdout).toMatch(/ {2}testSecret +✘/);
    expect(stdout).toContain(says);
    await on.stage.secrets.rotations.whenIdle(secret.arn);
    if (functionArn === undefined) expect(secret.rotation?.enabled).toBe(false);
    else expect(secret.rotation).toMatchObject({ enabled: true, functionArn, rules });
    expect(secret.labels.has('AWSPENDING')).toBe(false);
    expect([...secret.tags]).toEqual([]);
  });

  test('whoever may have secrets checked may run no step of a rotation', async () => {
    const secret = await enter('own password', 'steps');
    const client = new LambdaClient({
      region: 'eu-central-1',
      endpoint: on.account.endpoint,
      credentials: { accessKeyId: 'OPERATOR', secretAccessKey: 'unused' },
    });
    const step = { Step: 'createSecret', SecretId: secret.arn, ClientRequestToken: 'f'.repeat(32) };
    const Payload = JSON.stringify(step);
    const invoke = new InvokeCommand({ FunctionName: 'rotate-postgres', Qualifier: 'check', Payload });
    const answer = await client.send(invoke);
    client.destroy();
    expect(answer.FunctionError).toBe('Unhandled');
    expect(JSON.parse(Buffer.from(answer.Payload ?? []).toString())).toMatchObject({
      errorType: 'INVALID_EVENT',
      errorMessage: expect.stringContaining('The alias "check" of the function runs no step of a rotation.'),
    });
  });

  test('interrupted, it takes its tag off', async () => {
    const secret = await enter('own password', 'interrupted');
    const tagged = Promise.withResolvers<void>();
    on.onCall((call) => {
      if (call.action === 'TagResource') tagged.resolve();
    });
    const cwd = new URL('../..', import.meta.url).pathname;
    const env = { PATH: process.env['PATH'] ?? '', ...on.env };
    const child = spawn(process.execPath, ['cli/attach.ts', secret.name, '--yes'], { cwd, env });
    await tagged.promise;
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
    expect([...secret.tags]).toEqual([]);
    expect(secret.rotation).toBeUndefined();
  });

  test("a tag of the secret's owner stays", async () => {
    const secret = await enter('own password', 'tagged');
    secret.tags.set('keyturn:function', 'another-function');
    expect((await on.run('attach', secret.name, '--yes')).code).toBe(0);
    expect(secret.tags.get('keyturn:function')).toBe('another-function');
  });

  test('a step that fails is told with its reason, and what to do', async () => {
    await enter('base and clone', 'denied');
    // The superuser may look, and not make the standby.
    await on.database.administer('ALTER ROLE dba_web_denied NOCREATEROLE');
    const { code, stdout } = await on.run('attach', 'app/denied', '--yes');
    expect(code).toBe(1);
    expect(stdout).toMatch(/ {2}setSecret +✘/);
    expect(stdout).toContain('Not rotated yet. Secrets Manager tries again by itself');
    expect(on.stage.secrets.model.get('app/denied').rotation?.enabled).toBe(true);
  });

  describe.skipIf(noTerminal !== undefined)(`asks before it rotates${noTerminal ?? ''}`, () => {
    /** In a terminal of its own, by util-linux. */
    async function typing(answer: string, secret: string): Promise<{ code: number; screen: string }> {
      const command = `${process.execPath} cli/attach.ts ${secret} --every 7d`;
      const cwd = new URL('../..', import.meta.url).pathname;
      const env = { PATH: process.env['PATH'] ?? '', ...on.env };
      const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, env });
      let screen = '';
      let asked = false;
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        screen += text;
        if (!asked && screen.includes('[y/N]')) {
          asked = true;
          child.stdin.write(`${answer}\n`);
        }
      });
      const [code] = await once(child, 'exit');
      return { code, screen };
    }
    test.each([
      ['n', 'n', false],
      ['y', 'y', true],
      ['ctrl_c', '\x03', false],
    ])('answered %s', async (name, answer, rotates) => {
      const secret = await enter('own password', `asked_${name}`);
      const before = secret.labels.get('AWSCURRENT');
      const { code, screen } = await typing(answer, secret.name);
      const rotated = secret.labels.get('AWSCURRENT') !== before;
      expect({ code, rotated }).toEqual({ code: 0, rotated: rotates });
      expect(screen).toContain(
        rotates ? 'Rotated: AWSCURRENT' : 'Not rotated: the first rotation comes with',
      );
      expect(secret.rotation?.enabled).toBe(true);
    });
  });

  describe('a mistake is one line, with the fix', () => {
    test.each<readonly [string, string[], number, string]>([
      ['no secret', ['--yes'], 2, 'which secret? Give its name or its ARN'],
      ['no terminal', ['app/orders'], 2, 'there is no terminal to ask on: add --yes'],
      ['a misspelt option', ['app/orders', '--evry', '3d'], 2, "Unknown option '--evry'"],
      [
        'an odd period',
        ['app/orders', '--yes', '--every', '30x'],
        1,
        "--every must be days from 1d to 999d, or 4h, 6h, 8h or 12h; not '30x'",
      ],
      [
        'odd hours',
        ['app/orders', '--yes', '--every', '5h'],
        1,
        "--every in hours must be 4h, 6h, 8h or 12h, which part a day evenly; not '5h'",
      ],
      [
        'an engine',
        ['app/orders', '--yes', '--engine', 'oracle'],
        2,
        "--engine must be postgres or mysql or redshift, not 'oracle'",
      ],
      [
        'an engine that is not deployed',
        ['app/orders', '--yes', '--engine', 'mysql'],
        1,
        'the deployment has no function for mysql',
      ],
      [
        'an unknown secret',
        ['app/ordres', '--yes'],
        1,
        'there is no secret app/ordres in eu-central-1: check the name, or add --region',
      ],
      [
        'an unknown stage',
        ['app/orders', '--yes', '--stage', 'prd'],
        1,
        'there is no stack keyturn-prd in eu-central-1: name another --stage',
      ],
      [
        'another Region',
        [
          'arn:aws:secretsmanager:us-east-1:111122223333:secret:app/orders-AbCdEf',
          '--region',
          'eu-central-1',
          '--yes',
        ],
        1,
        'the secret is in us-east-1, and --region says eu-central-1: leave --region out',
      ],
    ])('%s', async (_name, args, code, message) => {
      const ran = await on.run('attach', ...args);
      expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: '' });
      expect(ran.stderr).toContain(`attach: ${message}`);
      expect(ran.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(code === 2 ? 2 : 1);
    });

    test('a secret of an AWS service, or one that is to be deleted', async () => {
      const { model } = on.stage.secrets;
      model.create({ name: 'rds!db-1', SecretString: '{}', owningService: 'rds' });
      expect((await on.run('attach', 'rds!db-1', '--yes')).stderr).toContain(
        'belongs to the AWS service rds',
      );
      model.create({ name: 'app/gone', SecretString: '{}' }).deletedAt = Date.now() + 86_400_000;
      expect((await on.run('attach', 'app/gone', '--yes')).stderr).toContain(
        'is marked for deletion: restore it',
      );
    });

    test('a right that is missing', async () => {
      await enter('own password', 'forbidden');
      on.account.denied.add('lambda:InvokeFunction');
      const { stderr } = await on.run('attach', 'app/forbidden', '--yes');
      on.account.denied.clear();
      expect(stderr).toContain('attach: you may not call lambda:InvokeFunction: have CheckPolicyArn');
      // The tag for the check is gone all the same.
      expect([...on.stage.secrets.model.get('app/forbidden').tags]).toEqual([]);
    });

    test('a rotation that has not ended', async () => {
      const secret = await enter('own password', 'stuck');
      await on.stage.client.send(
        new TagResourceCommand({ SecretId: secret.arn, Tags: [{ Key: 'team', Value: 'a' }] }),
      );
      secret.versions.set('f'.repeat(32), { id: 'f'.repeat(32), value: undefined, createdAt: Date.now() });
      secret.labels.set('AWSPENDING', 'f'.repeat(32));
      const { code, stdout } = await on.run('attach', 'app/stuck', '--yes');
      expect(code).toBe(1);
      expect(stdout).toMatch(/pending +✘ .*holds AWSPENDING/);
      expect(stdout).toContain('--version-stage AWSPENDING --remove-from-version-id ffff');
    });
  });
});

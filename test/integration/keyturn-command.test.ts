/** The `keyturn` command as a person runs it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReplayReport } from '../../cli/replay.ts';
import { createTable, startDynamoDb } from '../../local/audit/dynamodb.ts';
import { ACCOUNT, record } from '../support/cloudtrail-records.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyturn-history-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function keyturn(args: readonly string[], env: Record<string, string> = {}) {
  const options = { cwd: ROOT, env: { ...process.env, ...env } };
  const run = promisify(execFile)(process.execPath, ['cli/keyturn.js', ...args], options);
  return await run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  );
}

async function file(path: string, content: string | Buffer): Promise<string> {
  const whole = join(folder, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, content);
  return whole;
}

const replayed = async (...args: string[]): Promise<ReplayReport> =>
  JSON.parse((await keyturn(['replay', '--json', ...args])).stdout) as ReplayReport;

const read = (at: string, secretId: string, user: string, fields: Record<string, unknown> = {}) =>
  record({
    eventID: `${user}/${secretId}/${at}`,
    eventTime: at,
    requestParameters: { secretId },
    userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/${user}`, accountId: ACCOUNT },
    ...fields,
  });

const weeks = Array.from({ length: 20 }, (_, day) =>
  read(`2026-11-${String(day + 1).padStart(2, '0')}T08:00:00Z`, 'orders/a', 'ada'),
);
const theft = Array.from({ length: 6 }, (_, at) =>
  read(`2026-11-20T09:00:0${at}Z`, `team${at}/database`, 'ada'),
);

test('npx and npm run start it by the same door, with the same room', async () => {
  const { bin, scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    bin: { keyturn: string };
    scripts: { keyturn: string };
  };
  const [start = ''] = (await readFile(join(ROOT, bin.keyturn), 'utf8')).split('\n');
  expect(`${start.replace('#!/usr/bin/env -S ', '')} ${bin.keyturn}`).toBe(scripts.keyturn);
  const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'keyturn', '--', '--help'], {
    cwd: ROOT,
  });
  expect(stdout).toContain('Usage: npx keyturn COMMAND');
});

test('it is written anew only when it has changed, because others than its owner may run it', async () => {
  const madeAt = async () => {
    await keyturn(['--help']);
    return (await stat(join(ROOT, 'dist/keyturn.mjs'))).ctimeMs;
  };
  expect(await madeAt()).toBe(await madeAt());
});

test('a theft is told in one screen', async () => {
  await file('story/history.json', JSON.stringify({ Records: weeks }));
  await file('story/theft.jsonl', theft.map((one) => JSON.stringify(one)).join('\n'));
  await file('story/digest.json', JSON.stringify({ digestStartTime: '2026-11-20T09:00:00Z', logFiles: [] }));
  const { code, stdout, stderr } = await keyturn(['replay', join(folder, 'story')]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('26 records, 26 to look at; 0 unreadable, 0 seen twice.');
  expect(stdout).toContain('1 file holds no record of CloudTrail: passed over.');
  expect(stdout).toContain('1 incident in 1 alert');
  expect(stdout).toContain(`arn:aws:iam::${ACCOUNT}:user/ada`);
  expect(stdout).toContain('6 secrets: team0/database');
  expect(stdout.split('\n').length).toBeLessThan(24);
});

test('all forms of a history are understood, in any order, and tell the same', async () => {
  const enveloped = (detail: unknown) => ({
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.secretsmanager',
    detail,
  });
  await file('one/9-first.json.gz', gzipSync(JSON.stringify({ Records: weeks.slice(0, 10) })));
  await file('one/deep/down/8.json', JSON.stringify(weeks.slice(10), null, 2));
  await file(
    'one/1-last.jsonl',
    `\uFEFF${theft.map((one) => JSON.stringify(enveloped(one))).join('\r\n')}\r\n`,
  );
  await file('one/README.txt', 'not a history');
  await file(
    'other/0.ndjson.gz',
    gzipSync([...weeks, ...theft].map((one) => JSON.stringify(one)).join('\n')),
  );
  const [one, other] = await Promise.all([replayed(join(folder, 'one')), replayed(join(folder, 'other'))]);
  expect(one).toEqual(other);
  expect(one).toMatchObject({ records: 26, relevant: 26, malformed: 0, duplicates: 0, alerts: 1 });
  const [incident] = one.incidents;
  expect(incident).toMatchObject({
    principal: {
      key: `arn:aws:iam::${ACCOUNT}:user/ada`,
      type: 'user',
      arn: `arn:aws:iam::${ACCOUNT}:user/ada`,
    },
    accountId: ACCOUNT,
    title: 'Many secrets read at once',
    firstEventTime: '2026-11-20T09:00:00.000Z',
    alerts: 1,
  });
  expect(incident?.detectors).toEqual(expect.arrayContaining(['burst-read', 'first-read']));
  expect(incident?.secrets).toHaveLength(6);
});

test('what is broken or comes twice is counted, and stops nothing', async () => {
  const lines = [
    JSON.stringify(theft[0]),
    '{broken',
    JSON.stringify({ eventName: 'x' }),
    JSON.stringify(theft[0]),
  ];
  const path = await file('broken.jsonl', lines.join('\n'));
  expect(await replayed(path)).toMatchObject({
    records: 4,
    relevant: 1,
    malformed: 2,
    duplicates: 1,
    incidents: [],
  });
});

test('what is no alert is of low severity in the document, and a number on the screen', async () => {
  const odd = { sourceIPAddress: '203.0.113.9', recipientAccountId: ACCOUNT };
  const deletion = read('2026-11-20T12:00:00Z', 'orders/old', 'bob', {
    eventName: 'DeleteSecret',
    readOnly: false,
  });
  const path = await file(
    'doubts.json',
    JSON.stringify([...weeks, read('2026-11-20T03:00:00Z', 'orders/b', 'ada', odd), deletion]),
  );
  const report = await replayed(path);
  expect(report.alerts).toBe(0);
  expect(report.incidents.map(({ severity, detectors, alerts }) => [severity, detectors, alerts])).toEqual([
    ['low', ['first-read', 'new-network', 'rare-hour'], 0],
    ['low', ['secret-deleted'], 0],
  ]);
  const { stdout } = await keyturn(['replay', path]);
  expect(stdout).toContain('Nothing to tell.');
  expect(stdout).toContain('2 of low severity, for the daily digest (1 only add to what else is found).');
  expect(stdout).not.toContain('rare-hour');
});

test('what was learned before is usual', async () => {
  const before = await file(
    'before.json',
    JSON.stringify(
      Array.from({ length: 6 }, (_, at) => read('2026-10-30T09:00:00Z', `team${at}/database`, 'ada')),
    ),
  );
  const after = await file('after.json', JSON.stringify([...weeks, ...theft]));
  expect((await replayed(after)).alerts).toBe(1);
  expect((await replayed(after, '--learn', before)).alerts).toBe(0);
});

test('a deployment’s memory is seeded', async () => {
  await using dynamo = await startDynamoDb();
  const env = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
  };
  const client = new DynamoDBClient({
    endpoint: dynamo.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  await createTable(client, 'audit');
  const path = await file('learn.json', JSON.stringify(weeks));
  expect(await keyturn(['learn', path, '--table', 'audit'], env)).toMatchObject({
    code: 0,
    stdout: 'Learned from 20 events into audit.\n',
  });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: 'audit' }));
  client.destroy();
  expect(await keyturn(['learn', path, '--table', 'audti'], env)).toEqual({
    code: 2,
    stdout: '',
    stderr: 'keyturn: there is no table audti in this account and Region.\n',
  });
  const marks = Items.flatMap((item) => item['marks']?.SS ?? []);
  expect(
    marks.some((mark) => mark.startsWith('read|') && mark.endsWith('|111122223333/eu-central-1/orders/a')),
  ).toBe(true);
});

test.each([
  [{ AWS_REGION: '' }, 'there is no Region, or none that could be: set AWS_REGION'],
  [
    { AWS_REGION: 'eu-central-1' },
    'there are no AWS credentials: set AWS_PROFILE, or log in (aws sso login)',
  ],
])('what is missing to reach a memory is named: %j', async (env, says) => {
  const path = await file('few.json', JSON.stringify(weeks));
  const nobody = {
    HOME: folder,
    AWS_PROFILE: '',
    AWS_DEFAULT_REGION: '',
    AWS_ACCESS_KEY_ID: '',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  expect(await keyturn(['learn', path, '--table', 'audit'], { ...nobody, ...env })).toEqual({
    code: 2,
    stdout: '',
    stderr: `keyturn: ${says}.\n`,
  });
});

describe('a simulation', () => {
  test('is found by its detector, in the given names, as of now', async () => {
    const names = [
      '--account',
      '999988887777',
      '--region',
      'eu-west-1',
      '--secret',
      'shop/db',
      '--role',
      'shop',
    ];
    const { stdout } = await keyturn(['simulate', 'odd-version-read', ...names]);
    const { Records } = JSON.parse(stdout) as { Records: Record<string, string>[] };
    expect(stdout).not.toMatch(/111122223333|eu-central-1|orders\/database|role\/orders"/);
    const last = Math.max(...Records.map(({ eventTime = '' }) => Date.parse(eventTime)));
    expect(Date.now() - last).toBeLessThan(60_000);
  });
});

describe('what cannot be written', () => {
  test.each([
    ['cli/keyturn.js', 'simulate', 'root-use'],
    ['cli/inventory.ts', '--help'],
    ['cli/rehearse.ts', '--help'],
  ])('is no news where nobody reads on: %s', async (...args) => {
    const run = spawn(process.execPath, args, { cwd: ROOT });
    run.stdout.destroy();
    const told: Buffer[] = [];
    run.stderr.on('data', (data: Buffer) => told.push(data));
    expect(await once(run, 'close')).toEqual([141, null]);
    expect(Buffer.concat(told).toString()).toBe('');
  });

  test.skipIf(!existsSync('/dev/full'))('is told where the disk is full', async () => {
    const command = `'${process.execPath}' cli/keyturn.js simulate root-use > /dev/full`;
    const run = promisify(execFile)('sh', ['-c', command], { cwd: ROOT });
    await expect(run).rejects.toMatchObject({
      code: 2,
      stderr: 'keyturn: what it has to print cannot be written: ENOSPC: no space left on device, write.\n',
    });
  });
});

test('what is hostile in a record stays as it is in JSON, and does nothing to a terminal', async () => {
  const hostile = '\u001b[31m\u009b31m\u202e\u2028\u{e0041}';
  const root = { type: 'Root', accountId: ACCOUNT };
  const path = await file(
    'hostile.json',
    JSON.stringify({ Records: [read('2026-11-20T09:00:00Z', hostile, 'x', { userIdentity: root })] }),
  );
  const { stdout } = await keyturn(['replay', path, '--json']);
  expect(stdout).toMatch(/^[\x20-\x7e]+\n$/);
  expect((JSON.parse(stdout) as ReplayReport).incidents[0]?.secrets).toEqual([
    `${ACCOUNT}/eu-central-1/${hostile}`,
  ]);
});

describe('a mistake', () => {
  test.each([
    [['replya'], "there is no command 'replya'; 'replay' is one"],
    [['replay'], 'replay needs a path'],
    [['replay', '/nowhere'], 'there is no file or folder /nowhere'],
    [['replay', '/no\u001b[31mwhere'], 'there is no file or folder /no·[31mwhere'],
    [['replay', '/dev/null'], '/dev/null is no file and no folder'],
    [['replay', '--table', 'x', '.'], 'replay takes no --table'],
    [['replay', '--jsn', '.'], "Unknown option '--jsn'"],
    [['learn', '.'], 'learn needs --table'],
    [['simulate', 'burst'], "there is no detector 'burst'"],
    [['simulate', 'burst-read', '--account', '12'], '--account must be twelve digits'],
    [['simulate', 'burst-read', '--region', ''], '--region must be the name of a Region'],
    [
      ['simulate', 'burst-read', '--role', 'arn:aws:iam::111122223333:role/x'],
      '--role must be the name of a role',
    ],
    [['simulate', 'burst-read', '--secret', 'a"b'], '--secret must be the name of a secret'],
  ])('%j is named', async (args, message) => {
    const { code, stdout, stderr } = await keyturn(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`keyturn: ${message}`);
  });
});

/** What a parameter file may say: every mistake is named, with the field and what would be right. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Parameters } from '../../scripts/parameters/parameters.ts';
import { parametersIn } from '../../scripts/parameters/read.ts';
import { rotationEnvironment, valuesOf } from '../../scripts/parameters/values.ts';
import { readEnv } from '../../shared/core/env.ts';
import { EVERYTHING, FULL, WITH_OWN_VPC } from '../support/full-parameters.ts';

const read = (parameters: object) => parametersIn(JSON.stringify(parameters), 'keyturn.prod.yml');
const mistakes = (text: string): string[] => {
  try {
    parametersIn(text, 'keyturn.prod.yml');
  } catch (error) {
    const [first, ...lines] = (error as Error).message.split('\n');
    expect(first).toBe('keyturn.prod.yml cannot be deployed:');
    expect(lines.pop()).toBe('See docs/parameters.md.');
    return lines.map((line) => line.trim());
  }
  return [];
};

test('an empty file, and one with comments only, are in order', () => {
  expect(mistakes('')).toEqual([]);
  expect(mistakes('# nothing yet\n')).toEqual([]);
});

test('the example names every parameter, and its values are in order', () => {
  expect(Object.keys(EVERYTHING).toSorted()).toEqual(Object.keys(Parameters.entries).toSorted());
  read({ ...FULL, tlsCaFile: EVERYTHING['tlsCaFile'] });
  read(WITH_OWN_VPC);
});

test('what the functions are told, they can read', () => {
  const others = valuesOf(read(FULL));
  expect(readEnv(rotationEnvironment(read(FULL)))).toMatchObject({
    KEYTURN_SUPERUSER_TARGETS: ['app@orders.example.org'],
    KEYTURN_REPLICA_WAIT: 30,
    KEYTURN_STATEMENT_SECONDS: 30,
    EXCLUDE_CHARACTERS: '"@/',
  });
  expect(
    readEnv({
      KEYTURN_TRUSTED_ACCOUNTS: others.trustedAccounts,
      KEYTURN_TRUSTED_ORGANIZATIONS: others.trustedOrganizations,
      KEYTURN_DEPLOY_ROLES: others.deployRoles,
      KEYTURN_ROTATION_FUNCTIONS: others.otherFunctions,
      KEYTURN_SUPPRESSIONS: others.suppressions,
    }),
  ).toMatchObject({
    KEYTURN_ROTATION_FUNCTIONS: expect.arrayContaining([
      'arn:aws:lambda:eu-central-1:111122223333:function:RotateOrders',
    ]),
    KEYTURN_TRUSTED_ACCOUNTS: ['444455556666'],
    KEYTURN_TRUSTED_ORGANIZATIONS: ['o-exampleorgid'],
    KEYTURN_DEPLOY_ROLES: ['arn:aws:iam::111122223333:role/deploy'],
  });
});

test('a name is the whole name, and a pattern may end anywhere', () => {
  const [name, pattern] = valuesOf(read({ secretNames: ['app/orders', 'app/*'] })).secretArns;
  expect(name?.['Fn::Sub']).toMatch(/:secret:app\/orders-\?{6}$/);
  expect(pattern?.['Fn::Sub']).toMatch(/:secret:app\/\*$/);
});

describe('mistakes', () => {
  test.for([
    ['region: Frankfurt', 'region must be a Region, such as eu-central-1'],
    ['secretName: x', 'secretName is no parameter; secretNames is one'],
    ['vpcId: x', 'vpcId is no parameter; vpc is one'],
    ['zzz: x', 'zzz is no parameter'],
    ['secretNames: app/*', 'secretNames must be a list: [one, two]'],
    ['secretNames: [arn:aws:secretsmanager:x]', /^secretNames\[0\] must be the name of a secret/],
    ['superuserSecrets: [dba]', /^superuserSecrets\[0\] must be the full ARN of a secret/],
    [
      'superuserSecrets: ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:dba"]',
      /^superuserSecrets\[0\] must be the full ARN of a secret.*or end with \*$/,
    ],
    ['superuserTargets: [app]', /^superuserTargets\[0\] must be user@host/],
    ['secretKeys: [alias/secrets]', /^secretKeys\[0\] must be the ARN of a key.*an alias is none$/],
    ['trustedAccounts: [111122223333]', /^trustedAccounts\[0\] must be an account number .* in quotes$/],
    [
      'trustedOrganizations: [ou-ab12-cd34ef56]',
      /^trustedOrganizations\[0\] must be the id of an organization/,
    ],
    ['memberAccounts: ["1111"]', /^memberAccounts\[0\] must be an account number/],
    ['replicaWait: 61', 'replicaWait must be a whole number from 0 to 60'],
    ['reservedConcurrency: 5', /^reservedConcurrency must be a whole number of at least 10/],
    ['logRetentionDays: 91', /^logRetentionDays must be one of 1, 3, 5/],
    ['tlsCaFile: ../ca.pem', /^tlsCaFile must be the path of a \.pem file beside serverless\.yml/],
    ['createTrail: perhaps', 'createTrail must be boolean'],
    ['createVpc: 10.0.0.0/8', /^createVpc must be a block of addresses of \/16 to \/26/],
    [
      'endpoints: [kms]\nvpc: vpc-01234567\nsubnets: [subnet-01234567]',
      /^endpoints\[0\] must be one of secretsmanager/,
    ],
    ['alertEmails: [me]', /^alertEmails\[0\] must be a mail address/],
    [
      'rotationSettings: { PASSWORD_LENGTH: 4 }',
      'rotationSettings.PASSWORD_LENGTH must be a whole number from 8 to 128',
    ],
    ['rotationSettings: { KEYTURN_TABLE: x }', 'rotationSettings.KEYTURN_TABLE is no parameter'],
    [
      'suppressions: [{ detector: burst-read, owner: me, expires: "2026-12-31" }]',
      'suppressions [0].reason is missing',
    ],
    ['slack: { workspace: T1 }', 'slack.channel is missing'],
    ['slack: { workspace: T1, channel: "#alerts" }', /^slack\.channel must be an id of Slack/],
    [
      'teams: { tenant: x, team: 66666666-7777-8888-9999-000000000000, channel: "19:abc@thread.tacv2" }',
      /^teams\.tenant must be an id in the form of a UUID\nteams\.channel must be as in a link/,
    ],
    [
      'sharedSecrets: [{ secret: app/orders, readers: ["arn:aws:iam::444455556666:role/orders"] }]',
      /^sharedSecrets\[0\]\.secret must be the full ARN of a secret/,
    ],
    [
      'sharedSecrets: [{ secret: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf", readers: ["*"] }]',
      /^sharedSecrets\[0\]\.readers\[0\] must be the ARN of a role or a user/,
    ],
    ['permissionsBoundary: boundary', /^permissionsBoundary must be the ARN of a policy/],
    ['securityGroups: [sg-01234567]', 'securityGroups needs subnets'],
    ['subnets: [subnet-01234567]', 'subnets needs securityGroups, or vpc to make one in'],
    ['vpc: vpc-01234567', 'vpc needs subnets of it'],
    [
      'createVpc: 10.20.0.0/24\nsubnets: [subnet-01234567]\nsecurityGroups: [sg-01234567]',
      /^createVpc makes a VPC of its own/,
    ],
    ['createVpc: 10.20.0.0/24', /^createVpc makes a VPC without a way to the internet/],
    ['endpoints: [rds]', 'endpoints needs vpc or createVpc, which says where to make them'],
    ['region: [', /^the file is not YAML: /],
    ['region: eu-west-1\nregion: eu-west-2', /^the file is not YAML: Map keys must be unique/],
    ['- region', 'the file must be a map: { name: value }'],
    ['region', 'the file must be a map: { name: value }'],
  ] as const)('%s', ([text, wanted]) => {
    const found = mistakes(text).join('\n');
    if (typeof wanted === 'string') expect(found).toBe(wanted);
    else expect(found).toMatch(wanted);
  });

  test('are told all at once', () => {
    expect(mistakes('region: x\nalertEmails: [me]\nnothing: 1')).toHaveLength(3);
  });

  test('so is more than Lambda takes as environment', () => {
    const secret = (at: number) =>
      `arn:aws:secretsmanager:eu-central-1:111122223333:secret:team/superuser-${at}-AbCdEf`;
    const superuserSecrets = Array.from({ length: 60 }, (_, at) => secret(at));
    expect(mistakes(JSON.stringify({ superuserSecrets }))).toEqual([
      expect.stringMatching(
        /^superuserSecrets, .* are \d+ bytes together, and Lambda takes 3584: use patterns/,
      ),
    ]);
  });
});

describe('npm run deploy', () => {
  const deploy = async (text: string, args: readonly string[]) => {
    const folder = await mkdtemp(join(tmpdir(), 'keyturn-parameters-'));
    const file = join(folder, 'keyturn.prod.yml');
    try {
      await writeFile(file, text);
      const command = [resolve(import.meta.dirname, '../../cli/deploy.ts'), '--file', file, ...args];
      return await promisify(execFile)(process.execPath, command).catch(
        (failure: { code: number; stdout: string; stderr: string }) => failure,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  test('checks the file, and sends nothing when there is a mistake', async () => {
    const failure = await deploy('region: Frankfurt', ['--stage', 'prod']);
    expect(failure).toMatchObject({ code: 2, stdout: '' });
    expect(failure.stderr).toContain('  region must be a Region, such as eu-central-1');
    const { stdout } = await deploy('region: eu-central-1', ['--stage', 'prod', '--check']);
    expect(stdout).toMatch(/keyturn\.prod\.yml is in order\.\n$/);
  });

  test('needs a Region, from the file or the command line', async () => {
    const without = await deploy('alertEmails: [me@example.org]', ['--stage', 'prod', '--check']);
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('names no region') });
    const { stdout } = await deploy('', ['--stage', 'prod', '--check', '--region', 'eu-west-1']);
    expect(stdout).toContain('is in order');
  });

  test('needs the file of certificate authorities that it is to pack', async () => {
    const missing = await deploy('region: eu-west-1\ntlsCaFile: nowhere.pem', ['--stage', 'prod', '--check']);
    expect(missing).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('tlsCaFile is not there: nowhere.pem'),
    });
  });

  test('needs a stage, and a file for it', async () => {
    expect(await deploy('', ['--check'])).toMatchObject({ code: 2, stderr: /^--stage NAME is needed/ });
    const missing = await deploy('', ['--stage', 'prod', '--file', 'nowhere.yml', '--check']);
    expect(missing.stderr).toMatch(/^there is no nowhere\.yml: copy docs\/parameters\.example\.yml to it/);
  });
});

/** The check of a secret: one finding for each thing that can be seen beforehand, and nothing written. */
import { describe, expect, it } from 'vitest';
import { ERRORS, KeyturnError } from '../../shared/core/errors.ts';
import { parse } from '../../shared/core/parse.ts';
import { accountOf, shareUser } from '../../shared/rotation/check/account.ts';
import { check } from '../../shared/rotation/check/check.ts';
import {
  CHECKS,
  type CheckName,
  type CheckReport,
  reportSchema,
} from '../../shared/rotation/check/report.ts';
import type { RotationSettings } from '../../shared/rotation/rotation.ts';
import type { ReplicaStatus } from '../../shared/rotation/secret-store.ts';
import { collaboratorsOf, invocation } from '../support/collaborators.ts';
import { FakeDatabase } from '../support/fake-engine.ts';
import { modelStore } from '../support/model-store.ts';

const PASSWORD = 'Tr0ub4dor&3-is-in-no-finding';

interface Setting {
  readonly fields?: object;
  readonly settings?: Partial<RotationSettings>;
  readonly prepare?: (database: FakeDatabase) => void;
  readonly tag?: string | null;
  readonly replicas?: Readonly<Record<string, ReplicaStatus>>;
}

/** Checks one secret, tagged for this function unless said otherwise, and looks for traces. */
async function checked(setting: Setting): Promise<CheckReport> {
  const { fields = {}, settings = {}, prepare, tag = 'test', replicas = {} } = setting;
  const model = modelStore();
  const database = new FakeDatabase();
  database.addUser('app', PASSWORD, ['SELECT']);
  database.addUser('dba', 'of-the-superuser');
  prepare?.(database);
  const where = { engine: 'fake', host: '127.0.0.1', port: 1 };
  const superuser = model.create(
    'superuser/x',
    JSON.stringify({ ...where, username: 'dba', password: 'of-the-superuser' }),
  );
  const pair = { masterarn: superuser.arn, rotation: { strategy: 'alternating-users' } };
  const text = { ...where, username: 'app', password: PASSWORD, ...pair, ...fields };
  const secret = model.create('app/orders', JSON.stringify(text));
  if (tag !== null) secret.tags.set('keyturn:function', tag);
  for (const [region, status] of Object.entries(replicas))
    secret.replicas.set(region, { status, kmsKeyId: undefined, message: undefined });
  const before = structuredClone([...database.users]);
  const labels = new Map(secret.labels);
  const report = await check(secret.arn, collaboratorsOf(model.store, database, settings), invocation());
  expect(model.changes).toEqual([]);
  expect(secret.labels).toEqual(labels);
  expect([...database.users]).toEqual(before);
  expect(JSON.stringify(report)).not.toContain(PASSWORD);
  expect(JSON.stringify(report)).not.toContain('of-the-superuser');
  expect(parse(reportSchema, report)).toEqual({ ok: true, value: report });
  return report;
}

const named = ({ checks }: CheckReport, name: CheckName) => checks.find(({ check }) => check === name);
const single = { masterarn: undefined, rotation: undefined };

describe('a secret with which all is well', () => {
  it('of one user', async () => {
    const report = await checked({ fields: single });
    expect(report.checks.map(({ check }) => check)).toEqual(CHECKS);
    expect(report).toMatchObject({ ok: true, account: 'app@127.0.0.1:1', strategy: 'single-user' });
    expect(report.checks.map(({ result }) => result)).toEqual([
      ...['ok', 'ok', 'skipped', ...Array(7).fill('ok')],
      'skipped',
      'ok',
      'skipped',
      'skipped',
    ]);
    expect(named(report, 'strategy')?.says).toBe('single-user: app changes its own password.');
    expect(report.checks.filter(({ fix }) => fix !== null)).toEqual([]);
  });

  it('of two', async () => {
    const report = await checked({});
    expect(report).toMatchObject({
      ...{ ok: true, account: 'app app_clone@127.0.0.1:1', strategy: 'alternating-users' },
    });
    expect(named(report, 'rights')?.says).toBe('app_clone is still to be made, with the rights of app.');
  });
});

const mark = (secretArn: string) => ({ secretArn, users: ['app', 'app_clone'] as const });

const FAILURES: readonly (readonly [
  string,
  Setting,
  CheckName,
  says: RegExp,
  code: keyof typeof ERRORS | null,
])[] = [
  ['another engine', { fields: { engine: 'oracle' } }, 'engine', /"engine" must be fake/, 'SECRET_INVALID'],
  [
    'a proxy',
    { fields: { host: 'p.proxy-abc.eu-central-1.rds.amazonaws.com' } },
    'host',
    /is a proxy; set rotation.host to the writer/,
    'SECRET_INVALID',
  ],
  ['a misspelt option', { fields: { rotation: { stategy: 'x' } } }, 'secret', /stategy/, 'SECRET_INVALID'],
  [
    'a password too short to make',
    { fields: { rotation: { password: { length: 8 } } } },
    'secret',
    /easier to guess/,
    'PASSWORD_POLICY_IMPOSSIBLE',
  ],
  [
    'a URL that would go stale',
    { fields: { ...single, url: `fake://app:${PASSWORD}@db` } },
    'secret',
    /"url" embeds/,
    'PASSWORD_IN_OTHER_KEY',
  ],
  [
    'a name that cannot be resolved',
    { fields: { ...single, host: 'db.invalid' } },
    'dns',
    /no address of db.invalid/,
    null,
  ],
  [
    'a wrong password',
    { fields: { password: 'wrong' } },
    'login',
    /No app like that/,
    'CREDENTIALS_REJECTED',
  ],
  [
    'a server that is read-only',
    { fields: single, prepare: (database) => Object.assign(database.misbehaviour, { readOnly: true }) },
    'host',
    /read-only/,
    'DATABASE_READ_ONLY',
  ],
  [
    'no strategy',
    { fields: { rotation: undefined } },
    'strategy',
    /never used app_clone/,
    'STRATEGY_AMBIGUOUS',
  ],
  [
    'a strategy that the engine lacks',
    { fields: { ...single, rotation: { strategy: 'dual-password' } } },
    'strategy',
    /"rotation.strategy" must be/,
    'SECRET_INVALID',
  ],
  [
    'a superuser that no deployment lists',
    { settings: { superuserSecrets: [] } },
    'superuser',
    /is not listed in KEYTURN_SUPERUSER_SECRETS/,
    'SUPERUSER_NOT_ALLOWED',
  ],
  [
    "a stranger's user as standby",
    { prepare: (database) => database.addUser('app_clone', 'x') },
    'rights',
    /app_clone is bound to no secret. To bind it/,
    'USER_NOT_BOUND',
  ],
  [
    "another secret's user as standby",
    { prepare: (database) => database.addUser('app_clone', 'x', [], { mark: mark('arn:other') }) },
    'rights',
    /belongs to arn:other/,
    'USER_NOT_BOUND',
  ],
  [
    'an administrator as standby',
    { prepare: (database) => database.addUser('app_clone', 'x', [], { protectedBecause: 'is a superuser' }) },
    'rights',
    /app_clone is a superuser/,
    'USER_PROTECTED',
  ],
];

describe('what would be refused', () => {
  it.each(FAILURES)('%s', async (_name, setting, name, says, code) => {
    const report = await checked(setting);
    expect(report.ok).toBe(false);
    const failed = report.checks.filter(({ result }) => result === 'failed');
    expect(failed.map(({ check }) => check)).toEqual([name]);
    expect(failed[0]?.says).toMatch(says);
    if (code === null) expect(failed[0]?.fix).toMatch(/\.$/);
    else
      expect(failed[0]).toMatchObject({ says: expect.stringContaining(`(${code}).`), fix: ERRORS[code].fix });
  });

  it('dual-password on a server that keeps one', async () => {
    // The engine knows the strategy, and this server does not.
    const report = await checked({
      fields: { ...single, rotation: { strategy: 'dual-password' } },
      prepare: (database) => {
        database.keepsTwo = true;
        queueMicrotask(() => Object.assign(database, { keepsTwo: false }));
      },
    });
    expect(named(report, 'strategy')).toMatchObject({
      result: 'failed',
      says: expect.stringContaining('it keeps one password (STRATEGY_UNSUPPORTED)'),
    });
  });
});

it('what a superuser seems to lack is a warning, with the statement', async () => {
  const report = await checked({
    prepare: (database) => {
      database.missingGrants = ['ALTER ROLE dba CREATEROLE;'];
    },
  });
  expect(report.ok).toBe(true);
  expect(named(report, 'rights')).toEqual({
    check: 'rights',
    result: 'warning',
    says: 'dba seems to lack what it needs to set up or rotate app, app_clone.',
    fix: 'As an administrator: ALTER ROLE dba CREATEROLE;',
  });
});

describe('copies in other Regions', () => {
  const replicas = (Ireland: ReplicaStatus, Oregon: ReplicaStatus) => ({
    replicas: { 'eu-west-1': Ireland, 'us-west-2': Oregon },
  });
  const { fix } = ERRORS.REPLICA_BEHIND;

  it('are in step', async () => {
    expect(named(await checked(replicas('InSync', 'InSync')), 'replicas')).toEqual({
      ...{ check: 'replicas', result: 'ok', fix: null },
      says: 'The copies in eu-west-1, us-west-2 are in step.',
    });
  });

  it('are behind, and a rotation would wait', async () => {
    const report = await checked(replicas('InSync', 'InProgress'));
    expect(report.ok).toBe(true);
    expect(named(report, 'replicas')).toEqual({
      ...{ check: 'replicas', result: 'warning', fix },
      says: 'Of the copies of app/orders, us-west-2 is InProgress.',
    });
  });

  it('have failed, and a rotation would be refused unless the deployment says otherwise', async () => {
    const failed = replicas('Failed', 'InProgress');
    const report = await checked(failed);
    expect(report.ok).toBe(false);
    expect(named(report, 'replicas')).toEqual({
      ...{ check: 'replicas', result: 'failed', fix },
      says: 'Of the copies of app/orders, eu-west-1 is Failed, us-west-2 is InProgress (REPLICA_BEHIND).',
    });
    expect(await checked({ ...failed, settings: { replicaWaitMs: 0 } })).toMatchObject({ ok: true });
  });
});

describe('a pair that has been rotated before', () => {
  const marked = (rights: readonly string[]) => ({
    tag: 'test',
    settings: { superuserTargets: ['app_clone@127.0.0.1'] },
    prepare: (database: FakeDatabase) => database.addUser('app_clone', 'x', rights),
  });

  it('has equal rights', async () => {
    expect(named(await checked(marked(['SELECT'])), 'rights')).toMatchObject({
      result: 'ok',
      says: "app_clone is this secret's, and has the rights of app.",
    });
  });

  it('or not, which the rotation mends or ends by', async () => {
    const report = await checked(marked(['DELETE']));
    expect(named(report, 'rights')).toEqual({
      check: 'rights',
      result: 'warning',
      says: 'app_clone lacks 1 right(s) of app, and has 1 that app lacks.',
      fix: expect.stringContaining('RIGHTS_DIFFER: SELECT.'),
    });
    expect(report.ok).toBe(true);
  });
});

it('nothing is told of a secret that has nothing to do with the function', async () => {
  for (const tag of [null, 'another-function']) {
    const report = await checked({ tag });
    expect(report).toMatchObject({ ok: false, account: null, strategy: null });
    expect(named(report, 'secret')?.says).toContain('(SECRET_NOT_OURS)');
    const others = report.checks.filter(({ check: name }) => name !== 'secret');
    expect(new Set(others.map(({ says }) => says))).toEqual(
      new Set(['Not looked at, because of what failed: secret.']),
    );
  }
});

it.each([
  ['TimeoutError', /a VPC endpoint/],
  ['AccessDeniedException', /check the function's role/],
])('Secrets Manager answering with %s is a finding', async (awsError, fix) => {
  const { store } = modelStore();
  const problem = new KeyturnError('SECRET_STORE_FAILED', `DescribeSecret failed with ${awsError}.`, {
    awsError,
  });
  const failing = { ...store, describe: () => Promise.reject(problem) };
  const report = await check('app/orders', collaboratorsOf(failing, new FakeDatabase()), invocation());
  expect(report).toMatchObject({ ok: false, account: null, secret: 'app/orders' });
  expect(named(report, 'secret')).toMatchObject({ result: 'failed', fix: expect.stringMatching(fix) });
  expect(named(report, 'login')?.says).toBe('Not looked at, because of what failed: secret.');
});

describe('an account', () => {
  const at = { host: 'DB.example.org.', port: 5432 };
  const target = { ...at, database: undefined, plaintext: false };

  it('is a tag value, one for each pair of users and server', () => {
    expect(accountOf(['b', 'a'], target)).toBe('a b@db.example.org:5432');
    expect(accountOf(['a b', 'c@d', 'é'], target)).toBe('=c3=a9 a=20b c=40d@db.example.org:5432');
    expect(accountOf(['x'.repeat(200), 'y'.repeat(63)], target)).toMatch(/^\w{40} \w{40}@\w{40}$/);
  });

  it('is shared by secrets that would lock each other out', () => {
    const account = (...users: string[]) => accountOf(users, target);
    expect(shareUser(account('a', 'b'), account('b'))).toBe(true);
    expect(shareUser(account('a'), account('ab'))).toBe(false);
    expect(shareUser(account('a'), accountOf(['a'], { ...target, port: 5433 }))).toBe(false);
  });
});

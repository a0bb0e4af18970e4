import { expect, test } from 'vitest';
import type { Alert } from '../../shared/audit/alerts/alert.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import { CONTROLS } from '../../shared/audit/sweep/controls.ts';
import type { ListedSecret, Replica } from '../../shared/audit/sweep/listed-secret.ts';
import { sweep } from '../../shared/audit/sweep/sweep.ts';
import { ACCOUNT, record } from '../support/cloudtrail-records.ts';

const DAY = 86_400_000;
const REGION = 'eu-central-1';
const NOW = Date.parse('2026-11-20T09:00:00Z');
const FOREVER = { remainingMs: () => 900_000 };

const listed = (n: number, fields: Partial<ListedSecret> = {}): ListedSecret => ({
  arn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:s/${n}-a1B2c3`,
  name: `s/${n}`,
  kmsKeyId: 'arn:aws:kms:eu-central-1:111122223333:key/k',
  rotationEnabled: true,
  rotationFunction: undefined,
  rotationDays: 30,
  createdAt: NOW - 40 * DAY,
  changedAt: NOW - 10 * DAY,
  rotatedAt: NOW - 10 * DAY,
  accessedAt: NOW - DAY,
  nextRotationAt: NOW + 20 * DAY,
  tags: new Map([['owner', 'orders']]),
  pendingVersion: undefined,
  owningService: undefined,
  primaryRegion: undefined,
  ...fields,
});

/** An account whose list is served by the hundred; `calls` are the pages that were asked for. */
function world(secrets: readonly ListedSecret[], canaries: readonly string[] = []) {
  const replicas = new Map<string, readonly Replica[]>();
  const sent: Alert[] = [];
  const calls: string[] = [];
  const canaryReads: string[] = [];
  const memory = new InProcessMemory();
  const publisher = { publish: async (alert: Alert) => void sent.push(alert) };
  const deployment = { ...NO_DEPLOYMENT, canaries };
  const audit = new Audit(
    { memory, publisher, detectors: DETECTORS, deployment, suppressions: [] },
    () => NOW,
  );
  const inventory = {
    page: async (from = '0') => {
      calls.push(from);
      const end = Number(from) + 100;
      return {
        secrets: secrets.slice(Number(from), end),
        next: end < secrets.length ? String(end) : undefined,
      };
    },
    replicas: async (arn: string) => replicas.get(arn) ?? [],
    readCanary: async (name: string) => void canaryReads.push(name),
  };
  const parts = { audit, memory, publisher, inventory, deployment, accountId: ACCOUNT, region: REGION };
  return { parts, sent, calls, canaryReads, audit, replicas };
}

test('an account in order raises nothing, and is gone through once a day', async () => {
  const { parts, sent, calls } = world(Array.from({ length: 250 }, (_, n) => listed(n)));
  expect(await sweep(parts, FOREVER, () => NOW)).toEqual({ secrets: 250, done: true, alerts: [] });
  expect(await sweep(parts, FOREVER, () => NOW + 900_000)).toEqual({ secrets: 0, done: true, alerts: [] });
  expect(calls).toEqual(['0', '100', '200']);
  expect(sent).toEqual([]);
  expect((await sweep(parts, FOREVER, () => NOW + DAY)).secrets).toBe(250);
});

test('it stops in time, goes on where it stopped, and skips nothing', async () => {
  const { parts, calls } = world(Array.from({ length: 1000 }, (_, n) => listed(n)));
  let left = 0;
  const reports = [];
  do {
    left = 3;
    reports.push(await sweep(parts, { remainingMs: () => (left-- > 0 ? 60_000 : 0) }, () => NOW));
  } while (reports.at(-1)?.done !== true);
  expect(reports.map(({ secrets }) => secrets)).toEqual([300, 300, 300, 100]);
  expect(calls).toEqual(Array.from({ length: 10 }, (_, page) => String(page * 100)));
});

test('what is overdue or stuck is told, once', async () => {
  const { parts, sent } = world([
    listed(1),
    listed(2, { nextRotationAt: NOW - 3 * DAY }),
    listed(3, { pendingVersion: 'v3', changedAt: NOW - 2 * DAY }),
    listed(4, { rotatedAt: NOW - 60 * DAY, nextRotationAt: undefined }),
  ]);
  await sweep(parts, FOREVER, () => NOW);
  await sweep(parts, FOREVER, () => NOW + 900_000);
  const told = sent
    .filter(({ stage }) => stage === 'first')
    .map(({ title, secrets }) => [title, secrets.listed[0]?.name]);
  expect(told.toSorted()).toEqual([
    ['A rotation does not come to its end', 's/3'],
    ['A rotation is overdue', 's/2'],
    ['A rotation is overdue', 's/4'],
  ]);
});

test('replicas that failed, or are late, are told; those in step, or just made, are not', async () => {
  const withReplicas = (n: number, changedAt: number) => listed(n, { primaryRegion: REGION, changedAt });
  const secrets = [
    withReplicas(1, NOW - DAY),
    withReplicas(2, NOW - DAY),
    withReplicas(3, NOW - 60_000),
    listed(4, { primaryRegion: 'us-east-1' }),
  ];
  const { parts, sent, replicas } = world(secrets);
  const set = (n: number, ...statuses: readonly Replica['status'][]) =>
    replicas.set(
      secrets[n - 1]?.arn ?? '',
      statuses.map((status, at) => ({ region: `eu-west-${at + 1}`, status })),
    );
  set(1, 'InSync', 'Failed', 'InProgress');
  set(2, 'InSync');
  set(3, 'InProgress');
  set(4, 'Failed');
  await sweep(parts, FOREVER, () => NOW);
  expect(sent.map(({ title, findings }) => [title, findings[0]?.because])).toEqual([
    [
      'A replica of a secret is out of step',
      [
        'Of the secret’s copies the replica in eu-west-2 failed, and the replica in eu-west-3 has not caught up for more than an hour.',
      ],
    ],
  ]);
});

test('a version that waits is told though other changes move the date of the last one', async () => {
  const pending = (day: number) =>
    listed(1, { pendingVersion: 'v1', changedAt: NOW + day * DAY - 3_600_000 });
  const secrets = [pending(0)];
  const { parts, sent } = world(secrets);
  for (let day = 0; day < 3; day++) {
    secrets[0] = pending(day);
    await sweep(parts, FOREVER, () => NOW + day * DAY);
  }
  const told = sent.filter(({ stage }) => stage === 'first');
  expect(told.map(({ findings }) => findings[0]?.because)).toEqual([
    ['A version has been AWSPENDING since 2026-11-20 09:00 UTC.'],
  ]);
});

test('a rotation that began more than an hour ago and waits is told, unless its end was', async () => {
  const token = 'ef16d56f-2337-48d4-927a-dba977039ab2';
  const rotation = (n: number, eventName: string) => {
    const event = readEvent(
      record({
        eventID: `${eventName}-${n}`,
        eventName,
        eventType: 'AwsServiceEvent',
        eventTime: '2026-11-20T07:00:00Z',
        requestID: `Rotation-${listed(n).arn}-${token}`,
        additionalEventData: { SecretId: listed(n).arn },
        requestParameters: null,
        userIdentity: { accountId: ACCOUNT, invokedBy: 'secretsmanager.amazonaws.com' },
      }),
    );
    if (event === undefined || isUnreadable(event)) throw new Error('not an event');
    return event;
  };
  const waiting = { pendingVersion: token, changedAt: NOW - 2 * 3_600_000 };
  const { parts, sent, audit } = world([listed(1, waiting), listed(2, waiting)]);
  await audit.take([
    rotation(1, 'RotationStarted'),
    rotation(2, 'RotationStarted'),
    rotation(2, 'RotationSucceeded'),
  ]);
  await sweep(parts, FOREVER, () => NOW);
  expect(sent.map(({ findings, secrets }) => [secrets.listed[0]?.name, findings[0]?.because])).toEqual([
    ['s/1', ['A rotation began at 2026-11-20 07:00 UTC, and no end of it was told.']],
  ]);
});

test('a list whose place is no longer known is begun again, and counted once', async () => {
  const { parts, sent } = world(Array.from({ length: 300 }, (_, n) => listed(n, { rotationEnabled: false })));
  const { page } = parts.inventory;
  let left = 2;
  const once = { remainingMs: () => (left-- > 0 ? 60_000 : 0) };
  expect(await sweep(parts, once, () => NOW)).toMatchObject({ secrets: 200, done: false });
  let stale = true;
  const inventory = {
    ...parts.inventory,
    page: async (from?: string) => (from === '200' && stale ? undefined : page(from)),
  };
  left = 2;
  expect(await sweep({ ...parts, inventory }, once, () => NOW)).toMatchObject({ done: false });
  stale = false;
  expect(await sweep({ ...parts, inventory }, FOREVER, () => NOW)).toMatchObject({
    secrets: 200,
    done: true,
  });
  expect(sent.at(-1)?.findings[0]?.because).toEqual([
    'SecretsManager.1: Automatic rotation is off (300 of 300 secrets): s/0, s/1, s/10, s/100, s/101 and 295 more',
  ]);
});

test('half of the secrets there are is much, however few', async () => {
  const { parts, sent, audit } = world(Array.from({ length: 9 }, (_, n) => listed(n)));
  await sweep(parts, FOREVER, () => NOW - 20 * DAY);
  const read = (n: number, eventTime: string) => {
    const event = readEvent(
      record({ eventID: `${eventTime}-${n}`, eventTime, requestParameters: { secretId: `s${n}/x` } }),
    );
    if (event === undefined || isUnreadable(event)) throw new Error('not an event');
    return event;
  };
  await audit.take([read(0, '2026-11-02T09:00:00Z')]);
  await audit.take([1, 2, 3, 4, 5].map((n) => read(n, '2026-11-20T09:00:00Z')));
  expect(sent.map(({ severity, findings }) => [severity, findings[0]?.because])).toEqual([
    ['high', ['5 secrets that are new to it were read within ten minutes, of 9 in all.']],
  ]);
});

test('what the inventory says is remembered, and decides what a later read is', async () => {
  const { parts, sent, audit } = world([listed(1, { tags: new Map([['keyturn:honeytoken', 'true']]) })]);
  await sweep(parts, FOREVER, () => NOW);
  const read = readEvent(
    record({ eventTime: '2026-11-20T10:00:00Z', requestParameters: { secretId: 's/1' } }),
  );
  if (read === undefined || isUnreadable(read)) throw new Error('not an event');
  await audit.take([read]);
  expect(sent.map(({ title, severity }) => [title, severity])).toContainEqual([
    'A honeytoken was touched',
    'critical',
  ]);
});

test('a canary whose read does not arrive is told', async () => {
  const { parts, sent, canaryReads, audit } = world([listed(1)], ['keyturn/canary']);
  await sweep(parts, FOREVER, () => NOW);
  expect(canaryReads).toEqual(['keyturn/canary']);
  const seen = readEvent(
    record({ eventTime: '2026-11-20T09:00:00Z', requestParameters: { secretId: 'keyturn/canary' } }),
  );
  if (seen === undefined || isUnreadable(seen)) throw new Error('not an event');
  await audit.take([seen]);
  await sweep(parts, FOREVER, () => NOW + 40 * 60_000);
  expect(sent.filter(({ title }) => title === 'Events no longer arrive')).toEqual([]);
  await sweep(parts, FOREVER, () => NOW + 80 * 60_000);
  expect(sent.map(({ title }) => title)).toContain('Events no longer arrive');
});

test('the digest tells once a day what was no alert, and what AWS’s own checks would say', async () => {
  const { parts, sent, audit } = world([
    listed(1, { rotationEnabled: false, tags: new Map(), kmsKeyId: undefined }),
    listed(2),
  ]);
  const deletion = readEvent(
    record({ eventName: 'DeleteSecret', eventTime: '2026-11-19T09:00:00Z', readOnly: false }),
  );
  if (deletion === undefined || isUnreadable(deletion)) throw new Error('not an event');
  await audit.take([deletion]);
  for (const later of [0, 900_000]) await sweep(parts, FOREVER, () => NOW + later);
  const digests = sent.filter(({ stage }) => stage === 'digest');
  expect(digests).toHaveLength(1);
  expect(digests[0]?.findings[0]?.because).toEqual([
    expect.stringContaining('secret-deleted'),
    'SecretsManager.1: Automatic rotation is off (1 of 2 secrets): s/1',
    'SecretsManager.5: It has no tags (1 of 2 secrets): s/1',
    'secretsmanager-using-cmk: It is encrypted with the key aws/secretsmanager (1 of 2 secrets): s/1',
  ]);
});

test('of those that fail a control the digest names the worst, wherever the sweep stopped between', async () => {
  const days = (n: number) => 91 + ((n * 379) % 1000);
  const { parts, sent } = world(
    Array.from({ length: 1000 }, (_, n) =>
      listed(n, {
        name: `s/${days(n)} days`,
        createdAt: NOW - 2000 * DAY,
        accessedAt: NOW - days(n) * DAY,
      }),
    ),
  );
  let left = 0;
  do left = 2;
  while (!(await sweep(parts, { remainingMs: () => (left-- > 0 ? 60_000 : 0) }, () => NOW)).done);
  expect(sent.map(({ findings }) => findings[0]?.because)).toEqual([
    [
      'SecretsManager.3: Nobody has read it for 90 days (1000 of 1000 secrets): s/1090 days, s/1089 days, s/1088 days, s/1087 days, s/1086 days and 995 more',
    ],
  ]);
});

test('names of secrets are short and plain in the digest, whatever they are', async () => {
  const { parts, sent } = world([
    listed(1, { rotationEnabled: false, name: `<a href="https://example.org">|${'x'.repeat(600)}` }),
  ]);
  await sweep(parts, FOREVER, () => NOW);
  const [line = ''] = sent[0]?.findings[0]?.because ?? [];
  expect(line).not.toMatch(/[<>|]|:\/\//);
  expect(line.length).toBeLessThan(150);
});

test('a place that another release noted is none: the day’s list is begun again', async () => {
  const { parts } = world(Array.from({ length: 3 }, (_, n) => listed(n)));
  const key = { subject: `sweep/${ACCOUNT}/${REGION}`, span: '2026-11-20' };
  await parts.memory.add([{ key, marks: new Set(['place|0|all=200|on|1|200']), until: NOW + DAY }]);
  expect(await sweep(parts, FOREVER, () => NOW)).toEqual({ secrets: 3, done: true, alerts: [] });
});

test.each<[string, Partial<ListedSecret>]>([
  ['SecretsManager.1', { rotationEnabled: false }],
  ['SecretsManager.2', { nextRotationAt: NOW - 2 * DAY }],
  ['SecretsManager.3', { accessedAt: NOW - 91 * DAY }],
  ['SecretsManager.4', { rotatedAt: NOW - 91 * DAY }],
  ['SecretsManager.5', { tags: new Map([['aws:secretsmanager:owningService', 'rds']]) }],
  ['secretsmanager-using-cmk', { kmsKeyId: 'alias/aws/secretsmanager' }],
])('%s fails for one secret, and not for one in order', (id, fields) => {
  const failing = (secret: ListedSecret) =>
    CONTROLS.filter(({ fails }) => fails(secret, NOW)).map((control) => control.id);
  expect(failing(listed(1))).toEqual([]);
  expect(failing(listed(1, fields))).toContain(id);
});

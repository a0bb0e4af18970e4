/** Beyond so many alerts an hour one stands for the rest: nobody reads a hundred, and the grave one must not drown. */
import { expect, test } from 'vitest';
import type { Alert } from '../../shared/audit/alerts/alert.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import { digestOf } from '../../shared/audit/sweep/digest.ts';
import { ACCOUNT, record } from '../support/cloudtrail-records.ts';

const DAY = '2026-11-20';
const NOW = Date.parse(`${DAY}T09:30:00Z`);

/** Secrets of twenty teams, read within a minute. */
const theft = (user: string): object[] =>
  Array.from({ length: 20 }, (_, at) =>
    record({
      eventID: `${user}-${at}`,
      eventTime: `${DAY}T09:00:${10 + at}Z`,
      requestParameters: { secretId: `team${at}/database` },
      userIdentity: {
        type: 'IAMUser',
        arn: `arn:aws:iam::${ACCOUNT}:user/${user}`,
        accountId: ACCOUNT,
        userName: user,
      },
    }),
  );

const byRoot = record({
  eventID: 'root',
  eventTime: `${DAY}T09:10:00Z`,
  userIdentity: { type: 'Root', arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT },
});

test('twenty alerts are sent, then one for all others; critical ones all the same', async () => {
  const sent: Alert[] = [];
  const publisher = { publish: async (alert: Alert) => void sent.push(alert) };
  const memory = new InProcessMemory();
  const parts = { memory, publisher, detectors: DETECTORS, deployment: NO_DEPLOYMENT, suppressions: [] };
  const audit = new Audit(parts, () => NOW);
  const take = (records: readonly object[]) =>
    audit.take(
      records.map(readEvent).filter((event) => event !== undefined && !isUnreadable(event)) as never,
    );

  for (let user = 0; user < 25; user++) await take(theft(`user-${user}`));
  expect(sent.map(({ stage }) => stage)).toEqual([...Array(20).fill('first'), 'storm']);
  const [storm] = sent.slice(-1);
  expect(storm).toMatchObject({ severity: 'high', title: 'A storm of alerts' });
  expect(storm?.findings[0]?.because[0]).toContain('20 alerts were sent within the hour');

  await take([byRoot]);
  expect(sent).toHaveLength(22);
  expect(sent.at(-1)).toMatchObject({ stage: 'first', severity: 'critical' });

  const digest = await digestOf(
    { accountId: ACCOUNT, region: 'eu-central-1', day: DAY, failures: {}, secrets: 0 },
    memory,
  );
  const held = digest?.findings[0]?.because.filter((line) => line.startsWith('held back: ')) ?? [];
  expect(held.map((line) => /user-\d+/.exec(line)?.[0]).toSorted()).toEqual([
    'user-21',
    'user-22',
    'user-23',
    'user-24',
  ]);
});

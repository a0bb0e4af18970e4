/** A call into another account has a record in each of the two. They are synthesised: no public pair is known. */
import { expect, test } from 'vitest';
import type { Alert } from '../../shared/audit/alerts/alert.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import { ACCOUNT, record } from '../support/cloudtrail-records.ts';

const CALLER = '444455556666';
const ROLE = `arn:aws:iam::${CALLER}:role/reports`;

function read(fields: Record<string, unknown>): AuditEvent {
  const event = readEvent(record(fields));
  if (event === undefined || isUnreadable(event)) throw new Error('not an event');
  return event;
}

/** The caller's record and the owner's, of one read. */
function pair(n: number, day = '2026-11-20'): { callers: AuditEvent; owners: AuditEvent } {
  const both = {
    sharedEventID: `shared-${day}-${n}`,
    eventTime: `${day}T09:00:${String(n).padStart(2, '0')}Z`,
    requestParameters: {
      secretId: `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:team${n}/db-a1B2c3`,
    },
  };
  const principalId = 'AROAREPORTS:reports';
  return {
    callers: read({
      ...both,
      eventID: `caller-${day}-${n}`,
      recipientAccountId: CALLER,
      userIdentity: {
        type: 'AssumedRole',
        ...{ principalId, accountId: CALLER, accessKeyId: 'ASIAREPORTS' },
        arn: `arn:aws:sts::${CALLER}:assumed-role/reports/reports`,
        sessionContext: { sessionIssuer: { type: 'Role', arn: ROLE, accountId: CALLER } },
      },
    }),
    owners: read({
      ...both,
      eventID: `owner-${day}-${n}`,
      userIdentity: { type: 'AWSAccount', principalId, accountId: CALLER },
    }),
  };
}

function world(trustedAccounts: readonly string[] = []) {
  const sent: Alert[] = [];
  const audit = new Audit({
    memory: new InProcessMemory(),
    publisher: { publish: async (alert) => void sent.push(alert) },
    detectors: DETECTORS,
    ...{ deployment: { ...NO_DEPLOYMENT, trustedAccounts }, suppressions: [] },
  });
  const told = () =>
    sent.map(
      ({ principal, findings }) => `${principal.key}: ${findings.map((one) => one.detector).join(' ')}`,
    );
  return { audit, sent, told };
}

const theft = Array.from({ length: 20 }, (_, n) => pair(n));

test.each([
  ['the caller’s first', theft.flatMap(({ callers, owners }) => [callers, owners])],
  ['the owner’s first', theft.flatMap(({ callers, owners }) => [owners, callers])],
])('of a trusted account both are about one role, in one batch: %s', async (_, events) => {
  const { audit, told } = world([CALLER]);
  await audit.take(events);
  await audit.take(events);
  expect(told()).toEqual([`${ROLE}: burst-read`]);
});

test('one after the other, what the caller’s record said is still known', async () => {
  const { audit, told } = world();
  for (const { callers } of theft) await audit.take([callers]);
  for (const { owners } of theft) await audit.take([owners]);
  // The second of its alerts is the one update, when it had grown.
  expect(told()).toEqual([
    `${ROLE}: burst-read`,
    `${ROLE}: cross-account-read`,
    `${ROLE}: cross-account-read`,
  ]);
});

test('the use by a strange account is told once, whichever record comes first, and with who it was if known', async () => {
  const [{ callers, owners } = pair(0)] = theft;
  const { audit, told } = world();
  for (const event of [owners, callers, owners, callers]) await audit.take([event]);
  expect(told()).toEqual([`${CALLER}: cross-account-read`]);
  const other = world();
  for (const event of [callers, owners, callers]) await other.audit.take([event]);
  expect(other.told()).toEqual([`${ROLE}: cross-account-read`]);
});

test('an account that reads the same secret every day is known, whatever record tells of it', async () => {
  const { audit, sent } = world();
  const day = (n: number) => `2026-11-${String(n).padStart(2, '0')}`;
  for (let n = 1; n <= 10; n++)
    await audit.take([n % 2 === 0 ? pair(0, day(n)).callers : pair(0, day(n)).owners]);
  sent.length = 0;
  const { callers, owners } = pair(0, day(11));
  await audit.take([callers, owners]);
  expect(sent).toEqual([]);
});

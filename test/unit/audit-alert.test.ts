import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { type Alert, AlertSchema } from '../../shared/audit/alerts/alert.ts';
import { chatNoticeOf } from '../../shared/audit/alerts/chat.ts';
import { historyLink, secretLink } from '../../shared/audit/alerts/links.ts';
import { safeText } from '../../shared/audit/alerts/safe-text.ts';
import { subjectOf, textOf } from '../../shared/audit/alerts/text.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import { ACCOUNT, record } from '../support/cloudtrail-records.ts';

async function alertsOf(records: readonly unknown[]): Promise<Alert[]> {
  const sent: Alert[] = [];
  const publisher = { publish: async (alert: Alert) => void sent.push(alert) };
  const parts = { memory: new InProcessMemory(), publisher, detectors: DETECTORS };
  const audit = new Audit({ ...parts, deployment: NO_DEPLOYMENT, suppressions: [] });
  const events = records.map(readEvent).filter((event) => event !== undefined && !isUnreadable(event));
  await audit.take(events as never);
  return sent;
}

const theft = (secrets: readonly string[], fields: Record<string, unknown> = {}) =>
  secrets.map((secretId, at) =>
    record({
      eventID: `e${at}`,
      eventTime: new Date(Date.parse('2026-11-20T09:00:00Z') + at * 10).toISOString(),
      requestParameters: { secretId },
      ...fields,
    }),
  );

test('an alert of several findings says each step once', async () => {
  const list = record({ eventID: 'l', eventName: 'ListSecrets', eventTime: '2026-11-20T09:00:00Z' });
  const all = await alertsOf([list, ...theft(Array.from({ length: 20 }, (_, n) => `team${n}/database`))]);
  const [alert] = all;
  if (alert === undefined) throw new Error('nothing was told');
  expect(alert.findings.length).toBeGreaterThan(1);
  expect(alert.runbook.filter((step) => step.startsWith('Rotate every secret'))).toHaveLength(1);
});

test('a subject keeps the apostrophes of its title', async () => {
  const [alert] = await alertsOf(theft(Array.from({ length: 20 }, (_, n) => `team${n}/database`)));
  if (alert === undefined) throw new Error('nothing was told');
  expect(subjectOf({ ...alert, title: 'A workload’s credentials used elsewhere' })).toBe(
    `[Keyturn high] A workload's credentials used elsewhere (account ${ACCOUNT})`,
  );
});

test('a text names the address of the caller, and not the service that told of the same call', async () => {
  const [alert] = await alertsOf(theft(Array.from({ length: 20 }, (_, n) => `team${n}/database`)));
  if (alert === undefined) throw new Error('nothing was told');
  const service = { address: 'secretsmanager.amazonaws.com', vpcEndpointId: null, tool: 'service' };
  expect(textOf({ ...alert, origins: [...alert.origins, service] })).not.toContain(service.address);
  expect(textOf({ ...alert, origins: [service] })).toContain(`From:  ${service.address}`);
});

test('an alert says who, when, where, what, why and what to do', async () => {
  const [alert] = await alertsOf(theft(Array.from({ length: 20 }, (_, n) => `team${n}/database`)));
  if (alert === undefined) throw new Error('nothing was told');
  expect(subjectOf(alert)).toBe(`[Keyturn high] Many secrets read at once (account ${ACCOUNT})`);
  expect(textOf(alert).split('\n').slice(0, 18)).toEqual([
    'HIGH: Many secrets read at once',
    '',
    `Who:   the role arn:aws:iam::${ACCOUNT}:role/orders`,
    `       as arn:aws:sts::${ACCOUNT}:assumed-role/orders/orders`,
    'When:  2026-11-20 09:00 UTC',
    `Where: account ${ACCOUNT}, eu-central-1`,
    'From:  198.51.100.7, by what calls itself javascript',
    '',
    'What was seen',
    '- 20 secrets that are new to it were read within ten minutes.',
    '',
    'Why it matters',
    expect.stringContaining('- Whoever has stolen credentials'),
    '',
    'What to do',
    expect.stringMatching(/^1\. /),
    expect.stringMatching(/^2\. /),
    expect.stringMatching(/^3\. /),
  ]);
  expect(textOf(alert)).toContain('- team0/database: not rotated since, so what was read still works');
});

test('with ever so many secrets of the longest names it stays below what SNS takes', async () => {
  const names = Array.from({ length: 3000 }, (_, n) => `${n}/${'@'.repeat(505)}`);
  const [alert] = await alertsOf(theft(names));
  if (alert === undefined) throw new Error('nothing was told');
  expect(alert.secrets.total).toBeGreaterThan(100);
  const message = JSON.stringify({ default: JSON.stringify(alert), email: textOf(alert) });
  expect(Buffer.byteLength(message)).toBeLessThan(250_000);
  expect(Buffer.byteLength(JSON.stringify(chatNoticeOf(alert)))).toBeLessThan(250_000);
});

describe('what a caller chose', () => {
  const hostile =
    'x\r\n\r\nFrom: keyturn\u202e\u200b<script>[click](https://evil.example)@here *bold* `code` | "q"\u0000';

  test('cannot look like anything else than text', () => {
    const safe = safeText(hostile);
    expect(safe).not.toMatch(/[\p{Cc}\p{Cf}<>`[\]|]|https:\/\/|@|\*/u);
    expect(safe).toContain('From: keyturn');
  });

  test('makes no line, link or markup of its own in an alert', async () => {
    const userIdentity = {
      type: 'IAMUser',
      arn: `arn:aws:iam::${ACCOUNT}:user/${hostile}`,
      accountId: ACCOUNT,
      accessKeyId: hostile,
    };
    const fields = {
      userIdentity,
      userAgent: hostile,
      sourceIPAddress: hostile,
      awsRegion: hostile,
      recipientAccountId: hostile,
    };
    const plain = await alertsOf(theft(Array.from({ length: 20 }, (_, n) => `team${n}/a`)));
    const [alert] = await alertsOf(
      theft(
        Array.from({ length: 20 }, (_, n) => `team${n}/${hostile}`),
        fields,
      ),
    );
    if (alert === undefined || plain[0] === undefined) throw new Error('nothing was told');
    // None of the titles of the sections is the caller's.
    const titles = (text: string) => text.split('\n').filter((line) => /^[A-Z][a-z ]+$/.test(line));
    expect(titles(textOf(alert))).toEqual(titles(textOf(plain[0])));
    const ours = (text: string) => text.replaceAll(/https:\/\/[\w.-]*\.(aws\.amazon\.com)[^\s]*/g, '');
    expect(ours(textOf(alert))).not.toMatch(/\p{Cf}|\r|[<>`]|https?:\/\/|@here/u);
    expect(ours(JSON.stringify(chatNoticeOf(alert)))).not.toMatch(/<script|\]\(|@here/);
    expect(subjectOf(alert)).toMatch(/^[\x20-\x7e]{1,99}$/);
  });

  test('never grows, and is the same when it is made safe again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 200 }), (text, most) => {
        const safe = safeText(text, most);
        expect([...safe].length).toBeLessThanOrEqual(most);
        expect(safeText(safe, most)).toBe(safe);
        expect(safe).not.toMatch(/[\n\r<>`]/);
      }),
    );
  });
});

test.each([
  ['eu-central-1', 'https://eu-central-1.console.aws.amazon.com/'],
  ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/'],
  ['us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/'],
  ['eusc-de-east-1', 'https://eusc-de-east-1.console.amazonaws-eusc.eu/'],
  ['evil.example/', 'https://console.aws.amazon.com/'],
])('links of %s lead to its console', (region, start) => {
  for (const link of [secretLink(region, 'a/b'), historyLink(region, 'EventId', 'x')]) {
    expect(link.startsWith(start)).toBe(true);
    expect(() => new URL(link)).not.toThrow();
  }
});

test('a failed rotation is told with its step, and nothing of it is said to have been read', async () => {
  const arn = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:orders/database-a1B2c3`;
  const [alert] = await alertsOf([
    record({
      eventName: 'RotationFailed',
      eventType: 'AwsServiceEvent',
      userIdentity: { accountId: ACCOUNT, invokedBy: 'secretsmanager.amazonaws.com' },
      sourceIPAddress: 'secretsmanager.amazonaws.com',
      userAgent: 'secretsmanager.amazonaws.com',
      requestParameters: null,
      requestID: `Rotation-${arn}-ef16d56f-2337-48d4-927a-dba977039ab2`,
      additionalEventData: { SecretId: arn },
      errorMessage: `Error when executing lambda arn:aws:lambda:eu-central-1:${ACCOUNT}:function:rotate during setSecret step`,
    }),
  ]);
  if (alert === undefined) throw new Error('nothing was told');
  expect(alert.secrets.listed).toMatchObject([{ stillValid: 'unread', versions: [] }]);
  expect(textOf(alert)).toContain('- The rotation failed in the step setSecret of the function rotate.');
  expect(textOf(alert)).toContain('Who:   the service secretsmanager.amazonaws.com\n');
  expect(textOf(alert)).toContain('From:  secretsmanager.amazonaws.com\n');
});

test('every alert has the published form', async () => {
  const [alert] = await alertsOf(theft(Array.from({ length: 20 }, (_, n) => `team${n}/database`)));
  expect(v.parse(v.strictObject(AlertSchema.entries), alert)).toEqual(alert);
});

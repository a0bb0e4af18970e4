/** Every alert about the public records is listed here, with the reason why it is right. */
import { expect, test } from 'vitest';
import type { Alert } from '../../shared/audit/alerts/alert.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import { havePublicRecords, type PublicRecord, publicRecords } from '../support/cloudtrail-records.ts';

/** By file: severity and detectors of each alert. All others of the files are quiet. */
const EXPECTED: Readonly<Record<string, { readonly alerts: readonly string[]; readonly because: string }>> = {
  'panther-analysis/cloudtrail-rule-tests.jsonl': {
    alerts: [
      'critical audit-tampered',
      'critical audit-tampered',
      'critical audit-tampered',
      'critical trust-opened',
      'medium database-password-reset',
    ],
    because:
      'examples of other rules: a trail that is stopped, one deleted by way of CloudFormation, read events that are dropped, a role that anybody with an external id may assume, a master password that is set',
  },
  'permiso-console-cartographer/session-36183de174d0.json': {
    alerts: ['critical audit-tampered'],
    because: 'the session stops a trail in the console',
  },
  'permiso-console-cartographer/session-96db96348347.json': {
    alerts: ['high list-then-read'],
    because: 'the session lists the secrets in the console, then reads five in a CloudShell within seconds',
  },
  'stratus-red-team/aws.defense-evasion.cloudtrail-delete.json': {
    alerts: ['critical audit-tampered'],
    because: 'an attack that deletes a trail',
  },
  'stratus-red-team/aws.defense-evasion.cloudtrail-event-selectors.json': {
    alerts: ['critical audit-tampered'],
    because: 'an attack that makes a trail drop management events',
  },
  'stratus-red-team/aws.defense-evasion.cloudtrail-stop.json': {
    alerts: ['critical audit-tampered'],
    because: 'an attack that stops a trail',
  },
  'stratus-red-team/aws.persistence.iam-backdoor-role.json': {
    alerts: ['high trust-opened'],
    because: 'an attack that lets another account assume a role',
  },
  'traildiscover/RDS/ModifyDBInstance.json.cloudtrail': {
    alerts: ['medium database-password-reset'],
    because: 'the example sets the master password of a database',
  },
};

async function alertsOf(records: readonly PublicRecord[]): Promise<string[]> {
  const sent: Alert[] = [];
  const publish = async (alert: Alert) => void sent.push(alert);
  const parts = { memory: new InProcessMemory(), publisher: { publish }, detectors: DETECTORS };
  const audit = new Audit({ ...parts, deployment: NO_DEPLOYMENT, suppressions: [] });
  const read = records.map(({ record }) => readEvent(record)).filter((event) => event !== undefined);
  const events = read.filter((event): event is AuditEvent => !isUnreadable(event));
  const { broken } = await audit.take(events);
  expect(broken).toEqual([]);
  return sent
    .map(({ severity, findings }) => `${severity} ${findings.map(({ detector }) => detector).join(' ')}`)
    .toSorted();
}

test('the public records raise the alerts that are listed, and no others', async ({ skip }) => {
  skip(!havePublicRecords, 'no folder shared/cloudtrail beside this one, with public CloudTrail records');
  const found: Record<string, readonly string[]> = {};
  for (const [file, records] of Map.groupBy(publicRecords(), (record) => record.file)) {
    const alerts = await alertsOf(records);
    if (alerts.length > 0) found[file] = alerts;
  }
  const expected = Object.entries(EXPECTED).map(([file, { alerts }]) => [file, alerts]);
  expect(found).toEqual(Object.fromEntries(expected));
});

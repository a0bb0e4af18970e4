/** Forty days of the company with every attack once: however the records come, the same is found and told. */
import { beforeAll, expect, test } from 'vitest';
import { ATTACKS } from '../../local/company/attacks.ts';
import { COMPANY_DEPLOYMENT, company, DAY, FIRST_DAY } from '../../local/company/company.ts';
import { randomOf } from '../../local/company/random.ts';
import type { CloudTrailRecord } from '../../local/company/records.ts';
import type { Alert } from '../../shared/audit/alerts/alert.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import type { Finding } from '../../shared/audit/detectors/detector.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';

const DAYS = 40;
const FIRST_ATTACK = 31;
const TEN_MINUTES = 600_000;
const SEED = 11;

const timeOf = (record: CloudTrailRecord): number => Date.parse(String(record['eventTime']));
const byTime = (one: CloudTrailRecord, other: CloudTrailRecord) => timeOf(one) - timeOf(other);

function history(): CloudTrailRecord[] {
  const works = company({ seed: SEED, services: 12, people: 8 });
  const random = randomOf(SEED);
  const attacks = ATTACKS.flatMap((attack, kind) => {
    const day = random.between(FIRST_ATTACK, DAYS - 3);
    const time = FIRST_DAY + day * DAY + Math.floor(random.next() * DAY);
    return attack.run({ company: works, time, day, random, tag: `${kind}`, userAgent: undefined });
  });
  const days = Array.from({ length: DAYS }, (_, day) => works.day(day)).flat();
  return [...days, ...attacks].toSorted(byTime);
}

/** Late by up to ten minutes, and one in ten twice. */
function disordered(records: readonly CloudTrailRecord[], seed: number): CloudTrailRecord[] {
  const random = randomOf(seed);
  const late = (record: CloudTrailRecord) => ({ record, at: timeOf(record) + random.next() * TEN_MINUTES });
  return records
    .flatMap((record) => (random.chance(0.1) ? [late(record), late(record)] : [late(record)]))
    .toSorted((one, other) => one.at - other.at)
    .map(({ record }) => record);
}

/** As the API reference says: for each secret of a batch a record of its own, besides the batch's. */
const fannedOut = (records: readonly CloudTrailRecord[]): CloudTrailRecord[] =>
  records
    .flatMap((record) => {
      const { secretIdList } = (record['requestParameters'] ?? {}) as { secretIdList?: readonly string[] };
      const singles = (secretIdList ?? []).map((secretId, n) => ({
        ...record,
        ...{
          eventID: `${record['eventID']}/${n}`,
          eventName: 'GetSecretValue',
          requestParameters: { secretId },
        },
      }));
      return [record, ...singles];
    })
    .toSorted(byTime);

class World {
  readonly sent: Alert[] = [];
  /** What was found of whom on which day, with the gravest severity: on the way there it may have been less. */
  readonly findings = new Map<string, number>();
  readonly #audit = new Audit({
    memory: new InProcessMemory(),
    publisher: { publish: async (alert) => void this.sent.push(alert) },
    ...{ detectors: DETECTORS, deployment: { ...NO_DEPLOYMENT, ...COMPANY_DEPLOYMENT }, suppressions: [] },
    mostAlertsAnHour: Number.POSITIVE_INFINITY,
  });

  async take(records: readonly CloudTrailRecord[], size: number): Promise<void> {
    const read = records.map(readEvent).filter((event) => event !== undefined);
    const events = read.filter((event): event is AuditEvent => !isUnreadable(event));
    for (let at = 0; at < events.length; at += size) {
      const { findings, broken } = await this.#audit.take(events.slice(at, at + size));
      expect(broken).toEqual([]);
      for (const finding of findings) this.#note(finding);
    }
  }

  #note({ detector, event, severity, alerts }: Finding): void {
    if (!alerts) return;
    const day = new Date(event.time).toISOString().slice(0, 10);
    const name = [detector.id, event.principal.key, day].join(' ');
    const gravity = ['low', 'medium', 'high', 'critical'].indexOf(severity);
    this.findings.set(name, Math.max(gravity, this.findings.get(name) ?? 0));
  }

  get incidents(): string[] {
    return [...new Set(this.sent.map(({ incidentId }) => incidentId))].toSorted();
  }
}

const records = history();
const inOrder = new World();
beforeAll(() => inOrder.take(records, 100), 120_000);

test('there is something to find', () => {
  expect(inOrder.findings.size).toBeGreaterThan(25);
  expect(inOrder.incidents.length).toBeGreaterThan(20);
});

test.each([
  [1, 7],
  [2, 100],
  [3, 1000],
])(
  'in disorder %i, by %i at a time, the same is found and the same incidents are told',
  async (seed, size) => {
    const world = new World();
    await world.take(disordered(records, seed), size);
    expect(new Map([...world.findings].toSorted())).toEqual(new Map([...inOrder.findings].toSorted()));
    expect(world.incidents).toEqual(inOrder.incidents);
  },
  120_000,
);

test('with a record for each secret of a batch, or without, the same is found', async () => {
  const world = new World();
  await world.take(fannedOut(records), 100);
  expect([...world.findings.keys()].toSorted()).toEqual([...inOrder.findings.keys()].toSorted());
}, 120_000);

test('all of it once more is no news', async () => {
  const before = inOrder.sent.length;
  const found = new Map(inOrder.findings);
  await inOrder.take(records, 250);
  expect(inOrder.sent.slice(before).map(({ title, principal }) => [title, principal.key])).toEqual([]);
  expect(inOrder.findings).toEqual(found);
}, 120_000);

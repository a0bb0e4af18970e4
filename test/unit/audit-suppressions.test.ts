import { describe, expect, test } from 'vitest';
import { type Example, examples } from '../../local/examples.ts';
import type { Alert } from '../../shared/audit/alerts/alert.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { type Deployment, NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import type { Suppression } from '../../shared/audit/incidents/suppression.ts';
import { parseSuppressions } from '../../shared/audit/incidents/suppressions.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import { digestOf } from '../../shared/audit/sweep/digest.ts';
import { ACCOUNT, record } from '../support/cloudtrail-records.ts';

const NOW = Date.parse('2026-11-20T09:00:00Z');
const ALL: Suppression = { detector: '*', reason: 'moving house', owner: 'platform', expires: '2026-12-01' };

function read(raw: unknown): AuditEvent {
  const event = readEvent(raw);
  if (event === undefined || isUnreadable(event)) throw new Error('not an event');
  return event;
}

function world(suppressions: readonly Suppression[], deployment: Partial<Deployment> = {}) {
  const sent: Alert[] = [];
  const memory = new InProcessMemory();
  const audit = new Audit({
    ...{ memory, detectors: DETECTORS, suppressions },
    publisher: { publish: async (alert) => void sent.push(alert) },
    deployment: { ...NO_DEPLOYMENT, ...deployment },
  });
  return { audit, sent, memory };
}

const theft = (day = '2026-11-20', secrets = 20): AuditEvent[] =>
  Array.from({ length: secrets }, (_, n) =>
    read(
      record({
        eventID: `${day}-${n}`,
        eventTime: `${day}T09:00:${String(n).padStart(2, '0')}Z`,
        requestParameters: { secretId: `team${n}/${day < '2026-12-02' ? 'database' : 'token'}` },
      }),
    ),
  );

describe('what a suppression hides', () => {
  test.each<[string, Partial<Suppression>, boolean]>([
    ['by detector', { detector: 'burst-*' }, true],
    ['by another detector', { detector: 'slow-drain' }, false],
    ['by principal', { principal: `arn:aws:iam::${ACCOUNT}:role/ord*` }, true],
    ['by another principal', { principal: `arn:aws:iam::${ACCOUNT}:role/billing` }, false],
    ['by secret, if it matches all of them', { secret: 'team*/database' }, true],
    ['by secret, if it matches only some', { secret: 'team1*' }, false],
    ['by network', { network: '198.51.100.0/24' }, true],
    ['by network and detector together', { network: '198.51.100.0/24', detector: 'slow-drain' }, false],
  ])('%s', async (_, matcher, hides) => {
    const { detector: __, ...rest } = ALL;
    const { audit, sent } = world([{ ...rest, ...matcher }]);
    const { suppressed } = await audit.take(theft());
    expect(sent.length === 0).toBe(hides);
    expect(suppressed > 0).toBe(hides);
  });

  test('ends with its last day', async () => {
    const { audit, sent } = world([ALL]);
    await audit.take(theft('2026-12-01'));
    expect(sent).toEqual([]);
    await audit.take(theft('2026-12-02'));
    expect(sent).toHaveLength(1);
  });

  test('is counted in the digest, under its reason, once however often it comes', async () => {
    const { audit, memory } = world([ALL]);
    for (let times = 0; times < 2; times++) await audit.take(theft());
    const where = { accountId: ACCOUNT, region: 'eu-central-1', day: '2026-11-20' };
    const digest = await digestOf({ ...where, failures: {}, secrets: 0 }, memory);
    expect(digest?.findings[0]?.because).toEqual([
      '20 findings hidden by a suppression of platform until 2026-12-01: moving house',
    ]);
  });
});

const MUST_BE_TOLD = ['root-use', 'honeytoken', 'audit-tampered', 'tag-tampered'];

test('use of root, honeytokens and tampering cannot be hidden', async () => {
  expect(
    DETECTORS.filter(({ neverSuppressed }) => neverSuppressed)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(MUST_BE_TOLD.toSorted());
  const everything = { ...ALL, principal: '*', secret: '*', network: '*' };
  const firing = (id: string) =>
    examples().find(({ detector, fires }) => detector === id && fires) as Example;
  for (const id of MUST_BE_TOLD) {
    const { given, events, deployment } = firing(id);
    const { audit, sent } = world([ALL, everything], deployment as Partial<Deployment>);
    await audit.take([...given, ...events].map(read));
    expect(sent.flatMap(({ findings }) => findings.map(({ detector }) => detector))).toContain(id);
  }
});

describe('a list of suppressions', () => {
  const list = (fields: object) => JSON.stringify([{ ...ALL, ...fields }]);

  test('is read as it is written', () => {
    expect(parseSuppressions(list({}), NOW)).toEqual([ALL]);
    expect(parseSuppressions('[]', NOW)).toEqual([]);
  });

  test.each([
    ['no list', '{', 'is not JSON'],
    ['one that would hide everything', list({ detector: undefined }), 'would hide everything'],
    ['one without a reason', list({ reason: '' }), 'must say why'],
    ['one without an owner', list({ owner: undefined }), 'owner'],
    ['one without an end', list({ expires: 'soon' }), 'must be a date'],
    ['one that ends in a year', list({ expires: '2027-11-20' }), 'more than 90 days'],
    ['one with a field that does not exist', list({ principle: 'x' }), 'principle'],
  ])('%s is refused, and the mistake is named', (_, text, message) => {
    expect(() => parseSuppressions(text, NOW)).toThrow(message);
  });
});

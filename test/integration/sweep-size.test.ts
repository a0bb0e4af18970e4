/** Half a million secrets, on a simulated clock: in time, no faster than AWS lets it, and from where it stopped. */
import { expect, test } from 'vitest';
import type { Alert } from '../../shared/audit/alerts/alert.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import type { Addition, Marks, Memory } from '../../shared/audit/memory/memory.ts';
import type { ListedSecret } from '../../shared/audit/sweep/listed-secret.ts';
import { sweep } from '../../shared/audit/sweep/sweep.ts';
import { pacer } from '../../shared/aws/pacer.ts';
import { deadlineIn } from '../../shared/core/deadline.ts';
import { ACCOUNT } from '../support/cloudtrail-records.ts';

const REGION = 'eu-central-1';
const MINUTE = 60_000;
const DAY = 86_400_000;
const START = Date.parse('2026-11-20T00:05:00Z');
const SECRETS = 500_000;

/** What is written of each secret is let go: there is no room for all of it in a test. */
class Forgetful implements Memory {
  readonly #kept = new InProcessMemory();
  /** Of the largest item that is kept. */
  mostBytes = 0;

  read: Memory['read'] = (keys) =>
    Promise.all(
      keys.map(async (key) =>
        isSecret(key.subject) ? new Set<string>() : ((await this.#kept.read([key]))[0] ?? new Set()),
      ),
    );

  add: Memory['add'] = (additions) =>
    Promise.all(
      additions.map(async (addition) =>
        isSecret(addition.key.subject) ? addition.marks : await this.#keep(addition),
      ),
    );

  async #keep(addition: Addition): Promise<Marks> {
    const [marks = new Set<string>()] = await this.#kept.add([addition]);
    const bytes = [...marks].reduce((sum, mark) => sum + Buffer.byteLength(mark), 0);
    this.mostBytes = Math.max(this.mostBytes, bytes);
    return marks;
  }

  claim: Memory['claim'] = (...claim) => this.#kept.claim(...claim);
}

const isSecret = (subject: string): boolean => subject.startsWith('secret/');

const daysUnread = (n: number): number => 100 + ((n * 7919) % SECRETS);

/** Each fails nearly all controls, and has a name as long as the digest takes. */
const listed = (n: number): ListedSecret => {
  const name = `${'x'.repeat(72)}/${daysUnread(n)}`;
  return {
    arn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-a1B2c3`,
    name,
    ...{ kmsKeyId: undefined, rotationEnabled: false, rotationFunction: undefined, rotationDays: 30 },
    ...{ createdAt: START - daysUnread(n) * DAY, changedAt: START - 10 * DAY, rotatedAt: undefined },
    ...{ accessedAt: undefined, nextRotationAt: undefined, tags: new Map() },
    ...{ pendingVersion: undefined, owningService: undefined, primaryRegion: undefined },
  };
};

function world() {
  let now = START;
  const calls: number[] = [];
  const seen = new Uint8Array(SECRETS);
  const wait = (ms: number) => {
    now += ms;
    return Promise.resolve();
  };
  const turn = pacer(100, { now: () => now, wait });
  const memory = new Forgetful();
  const sent: Alert[] = [];
  const publisher = { publish: async (alert: Alert) => void sent.push(alert) };
  const parts = { memory, publisher, detectors: DETECTORS, deployment: NO_DEPLOYMENT, suppressions: [] };
  const inventory = {
    page: async (from = '0') => {
      await turn();
      calls.push(now);
      now += calls.length <= SECRETS / 200 ? 20 : 300;
      const at = Number(from);
      const secrets = Array.from({ length: 100 }, (_, n) => listed(at + n));
      for (let n = 0; n < 100; n++) seen[at + n] = (seen[at + n] ?? 0) + 1;
      return { secrets, next: at + 100 < SECRETS ? String(at + 100) : undefined };
    },
    replicas: () => Promise.resolve([]),
    readCanary: () => Promise.resolve(),
  };
  const audit = new Audit(parts, () => now);
  const invoke = async (at: number) => {
    now = Math.max(now, at);
    const begun = now;
    const report = await sweep(
      { ...parts, audit, inventory, accountId: ACCOUNT, region: REGION },
      deadlineIn(15 * MINUTE, () => now),
      () => now,
    );
    return { ...report, took: now - begun };
  };
  return { invoke, calls, seen, sent, memory };
}

const mostWithinASecond = (calls: readonly number[]): number => {
  let most = 0;
  for (let first = 0, last = 0; last < calls.length; last++) {
    while ((calls[last] ?? 0) - (calls[first] ?? 0) >= 1000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
};

test('all are gone through in two calls, each once, though the service becomes slow', async () => {
  const { invoke, calls, seen, sent, memory } = world();
  const reports = [await invoke(START), await invoke(START + 15 * MINUTE)];
  expect(reports.map(({ done }) => done)).toEqual([false, true]);
  expect(reports.reduce((sum, { secrets }) => sum + secrets, 0)).toBe(SECRETS);
  expect(Math.max(...reports.map(({ took }) => took))).toBeLessThan(15 * MINUTE);
  expect(mostWithinASecond(calls)).toBe(10);
  expect(calls).toHaveLength(SECRETS / 100);
  expect(seen.every((times) => times === 1)).toBe(true);

  expect(memory.mostBytes).toBeLessThan(150_000);
  const [digest] = sent;
  expect(sent).toHaveLength(1);
  expect(JSON.stringify(digest).length).toBeLessThan(20_000);
  const worst = [1, 2, 3, 4, 5].map((n) => `${'x'.repeat(72)}/${SECRETS + 100 - n}`).join(', ');
  expect(digest?.findings[0]?.because).toContain(
    `SecretsManager.3: Nobody has read it for 90 days (500000 of 500000 secrets): ${worst} and 499995 more`,
  );
}, 240_000);

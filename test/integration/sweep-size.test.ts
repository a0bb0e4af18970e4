/** Half a million secrets, on a simulated clock: in time, no faster than AWS lets it, and from where it stopped. */
import { expect, test } from 'vitest';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import type { Memory } from '../../shared/audit/memory/memory.ts';
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

  read: Memory['read'] = (keys) =>
    Promise.all(
      keys.map(async (key) =>
        isSecret(key.subject) ? new Set<string>() : ((await this.#kept.read([key]))[0] ?? new Set()),
      ),
    );

  add: Memory['add'] = (additions) =>
    Promise.all(
      additions.map(async (addition) =>
        isSecret(addition.key.subject)
          ? addition.marks
          : ((await this.#kept.add([addition]))[0] ?? new Set()),
      ),
    );

  claim: Memory['claim'] = (...claim) => this.#kept.claim(...claim);
}

const isSecret = (subject: string): boolean => subject.startsWith('secret/');

const listed = (n: number): ListedSecret => ({
  arn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:s/${n}-a1B2c3`,
  name: `s/${n}`,
  ...{ kmsKeyId: 'k', rotationEnabled: true, rotationFunction: undefined, rotationDays: 30 },
  ...{ createdAt: START - 40 * DAY, changedAt: START - 10 * DAY, rotatedAt: START - 10 * DAY },
  ...{ accessedAt: START - DAY, nextRotationAt: START + 20 * DAY, tags: new Map([['owner', 'x']]) },
  ...{ pendingVersion: undefined, owningService: undefined, primaryRegion: undefined },
});

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
  const publisher = { publish: () => Promise.resolve() };
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
  return { invoke, calls, seen };
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
  const { invoke, calls, seen } = world();
  const reports = [await invoke(START), await invoke(START + 15 * MINUTE)];
  expect(reports.map(({ done }) => done)).toEqual([false, true]);
  expect(reports.reduce((sum, { secrets }) => sum + secrets, 0)).toBe(SECRETS);
  expect(Math.max(...reports.map(({ took }) => took))).toBeLessThan(15 * MINUTE);
  expect(mostWithinASecond(calls)).toBe(10);
  expect(calls).toHaveLength(SECRETS / 100);
  expect(seen.every((times) => times === 1)).toBe(true);
}, 240_000);

/** Events in any order, twice, split among functions that run at once and crash anywhere: the same alerts, none lost. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Alert } from '../../shared/audit/alerts/alert.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { readEvent } from '../../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import type { Memory } from '../../shared/audit/memory/memory.ts';
import { record } from '../support/cloudtrail-records.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-20T09:58:00Z');

const read = (fields: Record<string, unknown>): AuditEvent => {
  const event = readEvent(record(fields));
  if (event === undefined || 'reason' in event) throw new Error('not an event');
  return event;
};

const reads = (secrets: readonly string[], from: number, role: string): AuditEvent[] =>
  secrets.map((secretId, at) =>
    read({
      eventID: `${role}/${secretId}/${from}`,
      eventTime: new Date(from + at * 20_000).toISOString(),
      requestParameters: { secretId },
      userIdentity: {
        type: 'IAMUser',
        arn: `arn:aws:iam::111122223333:user/${role}`,
        accountId: '111122223333',
      },
    }),
  );

/** Watched since weeks, then a theft across an hour's end, beside a user who reads the usual. */
const BEFORE = reads(['orders/a'], START - 20 * 24 * 60 * MINUTE, 'thief');
const EVENTS = [
  ...reads(['a/1', 'b/1', 'c/1', 'd/1', 'e/1', 'f/1', 'g/1', 'h/1'], START, 'thief'),
  ...reads(['orders/a'], START, 'usual'),
];

class Crash extends Error {}

/** Fails before or after the call whose turn has come, as a process that ends there. */
function crashing<T extends object>(whole: T, turns: { left: number }, after: boolean): T {
  return new Proxy(whole, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        const now = turns.left-- === 0;
        if (now && !after) throw new Crash();
        const answer = await method.apply(target, args);
        if (now) throw new Crash();
        return answer;
      };
    },
  });
}

interface World {
  readonly memory: Memory;
  readonly sent: Alert[];
  now: number;
}

/** A function that takes a message until it succeeds, as a queue makes it. Each crash ends the process. */
async function deliver(
  world: World,
  batches: readonly (readonly AuditEvent[])[],
  crashAt: number,
  after: boolean,
) {
  const turns = { left: crashAt };
  const make = () =>
    new Audit(
      {
        memory: crashing(world.memory, turns, after),
        publisher: crashing({ publish: async (alert: Alert) => void world.sent.push(alert) }, turns, after),
        detectors: DETECTORS,
        deployment: NO_DEPLOYMENT,
        suppressions: [],
      },
      () => world.now,
    );
  let audit = make();
  for (const batch of batches)
    for (let tries = 0; ; tries++) {
      if (tries > 10) throw new Error('never succeeded');
      try {
        await audit.take(batch);
        break;
      } catch (error) {
        world.now += 2 * MINUTE;
        if (error instanceof Crash) audit = make();
      }
    }
}

async function newWorld(): Promise<World> {
  const world: World = { memory: new InProcessMemory(), sent: [], now: START + 60 * MINUTE };
  await deliver(world, [BEFORE], -1, false);
  return world;
}

const shuffledWithRepeats = fc
  .tuple(fc.shuffledSubarray(EVENTS, { minLength: EVENTS.length }), fc.subarray(EVENTS))
  .map(([all, again]) => [...all, ...again]);

const inBatches = (events: readonly AuditEvent[], size: number): AuditEvent[][] =>
  Array.from({ length: Math.ceil(events.length / size) }, (_, at) =>
    events.slice(at * size, (at + 1) * size),
  );

test('one theft is told once, and once more when it has grown', async () => {
  const world = await newWorld();
  await deliver(world, inBatches(EVENTS, 1), -1, false);
  expect(world.sent.map(({ stage, severity }) => `${stage} ${severity}`)).toEqual(['first medium']);
  expect(world.sent[0]?.findings.map(({ detector }) => detector)).toContain('burst-read');
  await deliver(
    world,
    inBatches(
      reads(
        Array.from({ length: 20 }, (_, n) => `x${n}/y`),
        START + 3 * MINUTE,
        'thief',
      ),
      5,
    ),
    -1,
    false,
  );
  expect(world.sent.map(({ stage, severity }) => `${stage} ${severity}`)).toEqual([
    'first medium',
    'grown high',
  ]);
  await deliver(world, inBatches(EVENTS, 3), -1, false);
  expect(world.sent).toHaveLength(2);
});

test('any order, repetition and batching leads to the same alerts, and a replay to none', async () => {
  await fc.assert(
    fc.asyncProperty(shuffledWithRepeats, fc.integer({ min: 1, max: 20 }), async (events, size) => {
      const world = await newWorld();
      await deliver(world, inBatches(events, size), -1, false);
      expect(world.sent.map(({ stage, principal }) => `${stage} ${principal.key}`)).toEqual([
        'first arn:aws:iam::111122223333:user/thief',
      ]);
      await deliver(world, inBatches(EVENTS, 2), -1, false);
      expect(world.sent).toHaveLength(1);
    }),
    { numRuns: 60 },
  );
});

test('two functions at once, each of which crashes somewhere, lose nothing', async () => {
  const crash = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.boolean());
  await fc.assert(
    fc.asyncProperty(
      shuffledWithRepeats,
      crash,
      crash,
      fc.integer({ min: 1, max: 4 }),
      async (events, one, other, size) => {
        const world = await newWorld();
        const halves = [events.filter((_, at) => at % 2 === 0), events.filter((_, at) => at % 2 === 1)];
        await Promise.all([
          deliver(world, inBatches(halves[0] ?? [], size), ...one),
          deliver(world, inBatches(halves[1] ?? [], size), ...other),
        ]);
        const ids = world.sent.map(({ id }) => id);
        expect(new Set(world.sent.map(({ principal }) => principal.key))).toEqual(
          new Set(['arn:aws:iam::111122223333:user/thief']),
        );
        // At most one duplicate for each crash, and with the id of the alert it repeats.
        expect(new Set(ids).size).toBe(1);
        expect(ids.length).toBeLessThanOrEqual(3);
      },
    ),
    { numRuns: 150 },
  );
});

/**
 * Random schedules: two invocations of the same rotation at once, calls in any order, each able to die before or
 * after any call. At every instant nobody is locked out, and once the dying stops the next attempt converges.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KeyturnError } from '../../shared/core/errors.ts';
import { rotate } from '../../shared/rotation/rotate.ts';
import type { Wire } from '../support/fake-engine.ts';
import { Play, type Plot } from '../support/play.ts';

interface Death {
  /** Which call of the invocation, counting from 0 over its whole rotation. */
  readonly call: number;
  readonly when: 'before' | 'after';
}

const death = fc.record({ call: fc.nat(24), when: fc.constantFrom('before' as const, 'after' as const) });
/** Deaths of the two concurrent invocations in each of a few rounds of retries. */
const rounds = fc.array(fc.tuple(fc.option(death), fc.option(death)), { minLength: 1, maxLength: 3 });

// Waits for labels to become visible are not what is tested here.
beforeAll(() => vi.stubGlobal('setTimeout', (run: () => void) => setImmediate(run)));
afterAll(() => vi.unstubAllGlobals());

describe('any schedule', () => {
  it.each<Plot>(['single-user', 'alternating-users', 'dual-password'])(
    '%s',
    { timeout: 120_000 },
    async (plot) => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), rounds, fc.nat(12), async (scheduler, deaths, beginAgainAt) => {
          const play = new Play({ rotate, KeyturnError }, plot);
          const started: Promise<unknown>[] = [];
          const first = play.begin();
          for (const [one, other] of deaths) {
            const running = [one, other].map((at) => run(play, first, mortal(play, scheduler, at)));
            started.push(...running);
            await scheduler.waitFor(
              Promise.race([Promise.all(running), scheduledOut(scheduler, beginAgainAt)]),
            );
          }
          // Whoever is still on the way is late from here on, and must do no harm to the next rotation.
          await settle(play, first);
          await settle(play, play.begin());
          await scheduler.waitFor(Promise.all(started));
          play.assertNobodyIsLockedOut();
          await settle(play, play.begin());
          expect(play.serves('AWSCURRENT')).toBe(true);
        }),
        { numRuns: 250 },
      );
    },
  );
});

/** Ends when `calls` of anybody have been carried out, so that a round may end with invocations still under way. */
async function scheduledOut(scheduler: fc.Scheduler, calls: number): Promise<void> {
  for (let i = 0; i < calls; i++) await scheduler.schedule(Promise.resolve(), 'tick');
}

/** A wire on which an invocation may die: then its call never returns. */
function mortal(
  play: Play,
  scheduler: fc.Scheduler,
  dies: Death | null,
): { wire: Wire; died: Promise<void> } {
  const { promise: died, resolve } = Promise.withResolvers<void>();
  const never = new Promise<never>(() => {});
  let calls = 0;
  const wire: Wire = async (label, effect, when) => {
    const doomed = dies?.call === calls++;
    if (when !== 'at once') await scheduler.schedule(Promise.resolve(), label);
    if (doomed && dies?.when === 'before') {
      resolve();
      return never;
    }
    try {
      return effect();
    } finally {
      play.assertNobodyIsLockedOut();
      if (doomed) {
        resolve();
        await never;
      }
    }
  };
  return { wire, died };
}

/** One invocation after another, as Secrets Manager does, until one fails or dies. */
const run = (play: Play, versionId: string, { wire, died }: ReturnType<typeof mortal>): Promise<unknown> =>
  Promise.race([died, play.rotation(versionId, wire).catch(onlyTyped)]);

function onlyTyped(error: unknown): void {
  if (!(error instanceof KeyturnError)) throw error;
}

/** Undisturbed attempts; at most the first may find the labels moved by somebody else. */
async function settle(play: Play, versionId: string): Promise<void> {
  await play.rotation(versionId).catch(onlyTyped);
  await play.rotation(versionId);
  play.assertNobodyIsLockedOut();
}

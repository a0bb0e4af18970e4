/** What counts as a rise in how often is read, whatever comes again, early or late. */
import { expect, test } from 'vitest';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { Judge } from '../../shared/audit/judge.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import { record } from '../support/cloudtrail-records.ts';

function reads(from: string, count: number): AuditEvent[] {
  return Array.from({ length: count }, (_, at) => {
    const eventTime = new Date(Date.parse(from) + at * 1000).toISOString();
    const event = readEvent(record({ eventID: `${from}/${at}`, eventTime }));
    if (event === undefined || isUnreadable(event)) throw new Error('not an event');
    return event;
  });
}

const judgeOf = () => new Judge(new InProcessMemory(), DETECTORS, NO_DEPLOYMENT);

async function found(judge: Judge, events: readonly AuditEvent[]): Promise<string[]> {
  const { findings } = await judge.judge(events);
  return [
    ...new Set(findings.filter(({ detector }) => detector.id === 'read-rate').map(({ because }) => because)),
  ];
}

const USUAL = [reads('2026-11-01T09:00:00Z', 5), reads('2026-11-18T09:00:00Z', 5)].flat();

test('what was before a rise is none, also when all is remembered first, and each read counts once', async () => {
  const judge = judgeOf();
  const rise = reads('2026-11-20T09:00:00Z', 2900);
  await judge.remember([...USUAL, ...rise]);
  expect(await found(judge, USUAL)).toEqual([]);
  expect(await found(judge, rise)).toEqual(
    [300, 1000].map(
      (most) => `${most} reads or more in an hour, where fewer than 30 were the most in 90 days.`,
    ),
  );
  expect(await found(judge, reads('2026-11-21T10:00:00Z', 5))).toEqual([]);
});

test('reads that come twice are no rise', async () => {
  const judge = judgeOf();
  await judge.judge(USUAL);
  const some = reads('2026-11-20T09:00:00Z', 290);
  for (const _ of [1, 2, 3]) expect(await found(judge, some)).toEqual([]);
  expect(await found(judge, reads('2026-11-20T09:30:00Z', 10))).not.toEqual([]);
});

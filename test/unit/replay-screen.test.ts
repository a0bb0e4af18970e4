/** What a replay shows of more incidents than fit on a screen. */
import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { expect, test } from 'vitest';
import type { ReplayedIncident } from '../../cli/replay.ts';
import { replayText } from '../../cli/replay-screen.ts';

const incident = (id: number, title: string): ReplayedIncident => ({
  id: String(id),
  severity: 'high',
  title,
  detectors: ['root-use'],
  principal: { key: '111122223333:root', type: 'root', arn: null },
  accountId: '111122223333',
  secrets: [],
  firstEventTime: '2026-11-24T09:00:00.000Z',
  lastEventTime: '2026-11-24T09:05:00.000Z',
  eventIds: [],
  alerts: 1,
});

function shown(titles: readonly string[], rows: number): string[] {
  const incidents = titles.map((title, at) => incident(at, title));
  const counts = { records: 9, relevant: 9, malformed: 0, duplicates: 0 };
  const text = replayText(
    {
      report: { ...counts, incidents, alerts: incidents.length },
      sentences: new Map(),
      doubts: 0,
      filesWithout: 0,
    },
    Object.assign(new PassThrough(), { rows }) as unknown as WriteStream,
  );
  return text.split('\n');
}

const titles = [...Array<string>(30).fill('Much of it'), 'One of these', 'One of those'];

test('one of each kind comes before more of the same, in their order, and the rest are counted', () => {
  const lines = shown(titles, 45);
  expect(lines.filter((line) => line.startsWith('HIGH')).map((line) => line.slice(9))).toEqual([
    'Much of it',
    'Much of it',
    'One of these',
    'One of those',
  ]);
  expect(lines).toContain('… and 28 more, all of them in --json:');
  expect(lines).toContain('  28 × Much of it');
});

test.each([24, 45, 80])('it fits on a screen of %i lines', (rows) => {
  expect(shown(titles, rows).length).toBeLessThanOrEqual(rows);
});

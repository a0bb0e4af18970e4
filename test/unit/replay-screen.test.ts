/** What a replay shows of more incidents than fit on a screen. */
import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { expect, test } from 'vitest';
import type { ReplayedIncident } from '../../cli/replay.ts';
import { replayText } from '../../cli/replay-screen.ts';

const incident = (id: number, title: string, more: Partial<ReplayedIncident> = {}): ReplayedIncident => ({
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
  ...more,
});

function shown(
  titles: readonly string[],
  {
    rows,
    columns = 80,
    sentence = '',
    more = {},
  }: {
    rows: number;
    columns?: number;
    sentence?: string;
    more?: Partial<ReplayedIncident>;
  },
): string[] {
  const told = titles.map((title, at) => incident(at, title, more));
  const incidents = [...told, incident(titles.length, 'A doubt', { alerts: 0 })];
  const counts = { records: 9, relevant: 9, malformed: 0, duplicates: 0 };
  const text = replayText(
    {
      report: { ...counts, incidents, alerts: told.length },
      sentences: new Map(incidents.map(({ id }) => [id, sentence])),
      doubts: 1,
      filesWithout: 1,
    },
    Object.assign(new PassThrough(), { rows, columns }) as unknown as WriteStream,
  );
  return text.split('\n');
}

const titles = [...Array<string>(30).fill('Much of it'), 'One of these', 'One of those'];

test('one of each kind comes before more of the same, in their order, and the rest are counted', () => {
  const lines = shown(titles, { rows: 44 });
  expect(lines.filter((line) => line.startsWith('HIGH')).map((line) => line.slice(9))).toEqual([
    'Much of it',
    'Much of it',
    'One of these',
    'One of those',
  ]);
  expect(lines).toContain('… and 28 more, all of them in --json:');
  expect(lines).toContain('  28 × Much of it');
});

test.each([24, 45, 80])('it fits on a screen of %i lines of 80, whatever there is to tell', (rows) => {
  const secrets = Array.from({ length: 9 }, (_, at) => `1/eu-central-1/${'long/name/'.repeat(5)}${at}`);
  const detectors = Array<string>(9).fill('list-then-read');
  const lines = shown(titles, { rows, sentence: 'It was read. '.repeat(20), more: { secrets, detectors } });
  expect(lines.length).toBeLessThanOrEqual(rows);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test('nothing of what a record says of an account moves the cursor', () => {
  const accountId = '1\u001b[2J\r\nCRITICAL\u202e';
  const text = shown(['One of these'], { rows: 24, more: { accountId } }).join('\n');
  expect(text).toContain('account 1 ·2J CRITICAL\n');
});

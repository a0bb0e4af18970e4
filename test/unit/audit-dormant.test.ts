/** A secret that nobody read for 90 days, wherever in the year they lie, and whatever else was forgotten by then. */
import { describe, expect, test } from 'vitest';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { Judge } from '../../shared/audit/judge.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import type { ItemKey, Memory } from '../../shared/audit/memory/memory.ts';
import { ACCOUNT, record, SECRET } from '../support/cloudtrail-records.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-01-03T09:00:00Z');
/** Of a year, so that the gap lies across quarters in every way. */
const STARTS = Array.from({ length: 37 }, (_, n) => START + n * 10 * DAY);

/** A table whose items end when they may be forgotten. */
class EndingMemory implements Memory {
  now = 0;
  readonly reads: ItemKey[] = [];
  readonly #all = new InProcessMemory();
  readonly #until = new Map<string, number>();

  read: Memory['read'] = async (keys) => {
    this.reads.push(...keys);
    const marks = await this.#all.read(keys);
    return marks.map((one, at) => (this.#isThere(keys[at]) ? one : new Set()));
  };

  add: Memory['add'] = async (additions) => {
    for (const { key, until } of additions)
      this.#until.set(nameOf(key), Math.max(until, this.#until.get(nameOf(key)) ?? 0));
    return await this.#all.add(additions);
  };

  claim: Memory['claim'] = (...claim) => this.#all.claim(...claim);

  #isThere = (key: ItemKey | undefined): boolean =>
    key !== undefined && (this.#until.get(nameOf(key)) ?? 0) > this.now;
}

const nameOf = ({ subject, span }: ItemKey): string => `${subject}#${span}`;

function event(raw: unknown): AuditEvent {
  const read = readEvent(raw);
  if (read === undefined || isUnreadable(read)) throw new Error('not an event');
  return read;
}

const iso = (time: number) => new Date(time).toISOString();

const readAt = (time: number, secretId = SECRET): AuditEvent =>
  event(record({ eventID: `${secretId}/${time}`, eventTime: iso(time), requestParameters: { secretId } }));

const seenAt = (time: number): AuditEvent =>
  event({
    id: `seen/${time}`,
    source: 'keyturn',
    'detail-type': 'Secret Seen',
    time: iso(time),
    account: ACCOUNT,
    region: 'eu-central-1',
    detail: { arn: SECRET, rotated: true },
  });

/** What a fresh process finds of the last event. */
async function isFound(memory: EndingMemory, last: AuditEvent): Promise<boolean> {
  memory.now = last.time;
  const { findings } = await new Judge(memory, DETECTORS, NO_DEPLOYMENT).judge([last]);
  return findings.some(({ detector }) => detector.id === 'dormant-secret');
}

async function remember(memory: EndingMemory, events: readonly AuditEvent[]): Promise<void> {
  for (const one of events) {
    memory.now = Math.max(memory.now, one.time);
    await new Judge(memory, DETECTORS, NO_DEPLOYMENT).remember([one]);
  }
}

/** Others are read all the time. */
const others = (from: number, until: number): AuditEvent[] =>
  Array.from({ length: Math.floor((until - from) / (9 * DAY)) }, (_, n) =>
    readAt(from + n * 9 * DAY, 'orders/other'),
  );

describe.each([
  [59, false],
  [89, false],
  [91, true],
  [120, true],
  [179, true],
])('%i days after the last read', (days, dormant) => {
  const histories = STARTS.map((first) => {
    const again = first + days * DAY;
    const before = [readAt(first - 20 * DAY), readAt(first), ...others(first - 20 * DAY, again)];
    return { first, before: before.toSorted((one, other) => one.time - other.time), last: readAt(again) };
  });

  test(`it is ${dormant ? '' : 'not '}dormant, all through the year`, async () => {
    for (const { first, before, last } of histories) {
      const memory = new EndingMemory();
      await remember(memory, before);
      expect([iso(first), await isFound(memory, last)]).toEqual([iso(first), dormant]);
    }
  });

  test('in whatever order the events come', async () => {
    for (const { first, before, last } of histories.slice(0, 10)) {
      const memory = new EndingMemory();
      memory.now = last.time;
      await remember(memory, [last, ...before.toReversed()]);
      expect([iso(first), await isFound(memory, last)]).toEqual([iso(first), dormant]);
    }
  });
});

test.each([
  [89, false],
  [91, true],
  [400, true],
])(
  '%i days after the sweep found it first, read never',
  async (days, dormant) => {
    for (const first of STARTS) {
      const memory = new EndingMemory();
      const last = first + days * DAY;
      const sweeps = Array.from({ length: days }, (_, n) => seenAt(first + n * DAY));
      await remember(
        memory,
        [...others(first - 20 * DAY, last), ...sweeps].toSorted((a, b) => a.time - b.time),
      );
      expect([iso(first), await isFound(memory, readAt(last))]).toEqual([iso(first), dormant]);
    }
  },
  60_000,
);

test('a secret that was read in the quarter, or the one before, costs no further read', async () => {
  for (const first of STARTS) {
    const memory = new EndingMemory();
    const last = first + 30 * DAY;
    await remember(memory, [readAt(first)]);
    memory.reads.length = 0;
    await isFound(memory, readAt(last));
    const quarters = memory.reads.filter(({ subject }) => subject.startsWith('secret/'));
    expect(new Set(quarters.map(({ span }) => span)).size).toBeLessThanOrEqual(2);
  }
});

/** What the audit costs: time beside JSON.parse of the same bytes, calls and units of DynamoDB, dollars, memory. */
import type { Audit } from '../../shared/audit/audit.ts';
import { type Figure, median } from '../figures.ts';
import { batchMemory } from './batch-memory.ts';
import { auditOn, dayAfter, learnedAudit, takeAll } from './company-day.ts';
import { CountingMemory } from './counting-memory.ts';
import { dollarsOf, type Usage } from './prices.ts';
import { backlogOf } from './queue.ts';

/** Events that come while the queue collects a batch, at two million a month and at 50 a second. */
const RARE_BATCH = 4;
const BUSY_BATCH = 100;
/** Days that are measured. */
const DAYS = 3;
/** What a call of DynamoDB is taken to last, and how many are made at once. */
const CALL_MS = 10;
const WIDTH = 16;
/** Of a processor, that a function of 512 MB gets. */
const SHARE = 512 / 1769;

export async function auditFigures(bundleBytes: number): Promise<Figure[]> {
  const memory = new CountingMemory();
  const audit = await learnedAudit(memory);
  const speeds: Speed[] = [];
  for (let day = 0; day < DAYS; day++) speeds.push(await speedOf(audit, dayAfter(day)));
  const rare = await costOf(memory, dayAfter(DAYS), RARE_BATCH);
  const busy = await costOf(memory, dayAfter(DAYS + 1), BUSY_BATCH);
  const micros = median(speeds.map((speed) => speed.micros)) ?? 0;
  const batchMs =
    (1 + Math.ceil((busy.calls / 1000) * (BUSY_BATCH / WIDTH))) * CALL_MS +
    (BUSY_BATCH * micros) / 1000 / SHARE;
  const surge = { eventsASecond: 1600, lasts: 3600, concurrency: 10, batch: BUSY_BATCH, batchMs };
  const backlog = backlogOf(surge);
  const dollars = (usage: Usage, batch: number) => dollarsOf({ ...usage, batch, batchMs });
  return [
    atLeast('records a second, one core', 1e6 / micros, 30_000),
    atLeast('share of JSON.parse in the time', median(speeds.map(({ ratio }) => ratio)), 0.4),
    atMost('DynamoDB calls, 1,000 events, 2 million a month', rare.calls, 1500),
    atMost('DynamoDB calls, 1,000 events, 50 a second', busy.calls, 500),
    plain('write units, 1,000 events, 2 million a month', rare.writeUnits),
    plain('write units, 1,000 events, 50 a second', busy.writeUnits),
    atMost('dollars, a million events, 2 million a month', dollars(rare, RARE_BATCH), 2),
    atMost('dollars, a million events, 50 a second', dollars(busy, BUSY_BATCH), 2),
    plain('1,600 events a second for an hour: longest queue', backlog.longest),
    plain('1,600 events a second for an hour: lag', backlog.lag * 1000, 'ms'),
    plain('1,600 events a second for an hour: concurrency, of 10', backlog.used * 10),
    atMost('bundle of the audit function', bundleBytes / 1024, 500, 'KB'),
    atMost('peak memory, a batch of 10,000 messages', (await batchMemory()) / 2 ** 20, 128, 'MB'),
  ];
}

interface Speed {
  /** Microseconds of the processor, a record. */
  readonly micros: number;
  readonly ratio: number;
}

async function speedOf(audit: Audit, records: readonly string[]): Promise<Speed> {
  const parsed = await cpuOf(() => {
    for (const text of records) JSON.parse(text);
  });
  const judged = await cpuOf(() => takeAll(audit, records, 500));
  return { micros: judged / records.length, ratio: parsed / judged };
}

/** In microseconds of the processor: other work on the machine must not count. */
async function cpuOf(work: () => unknown): Promise<number> {
  const began = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(began);
  return user + system;
}

/** For 1,000 events, of a process that has just started: what it knows it has to read first. */
async function costOf(memory: CountingMemory, records: readonly string[], batch: number): Promise<Usage> {
  memory.forget();
  await takeAll(auditOn(memory), records, batch);
  const thousands = records.length / 1000;
  const { calls, writeUnits, readUnits } = memory;
  return { calls: calls / thousands, writeUnits: writeUnits / thousands, readUnits: readUnits / thousands };
}

const figure = (what: string, keyturn: number | undefined, rest: Partial<Figure>): Figure => ({
  what,
  unit: '',
  keyturn,
  template: undefined,
  ratio: undefined,
  aim: '',
  met: undefined,
  ...rest,
});

const plain = (what: string, value: number, unit: Figure['unit'] = ''): Figure =>
  figure(what, value, { unit });

const atLeast = (what: string, value: number | undefined, least: number): Figure =>
  figure(what, value, {
    aim: `at least ${least.toLocaleString('en-GB')}`,
    met: value === undefined ? undefined : value >= least,
  });

const atMost = (what: string, value: number, most: number, unit: Figure['unit'] = ''): Figure =>
  figure(what, value, {
    unit,
    aim: `at most ${most.toLocaleString('en-GB')} ${unit}`.trim(),
    met: value <= most,
  });

/** `npm run bench:audit`: what the audit costs, beside reading the same bytes with JSON.parse, in one run. */

import { COMPANY_DEPLOYMENT, company } from '../local/company/company.ts';
import { Audit } from '../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../shared/audit/deployment.ts';
import { DETECTORS } from '../shared/audit/detectors/index.ts';
import { isUnreadable, readEvent } from '../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../shared/audit/memory/in-process.ts';
import type { Addition, ItemKey, Memory } from '../shared/audit/memory/memory.ts';

const DEPLOYMENT = { ...NO_DEPLOYMENT, ...COMPANY_DEPLOYMENT };
const publisher = { publish: () => Promise.resolve() };
const auditOn = (memory: Memory): Audit =>
  new Audit({ memory, publisher, detectors: DETECTORS, deployment: DEPLOYMENT, suppressions: [] });

const works = company({ seed: 1, services: 150, people: 75 });
/** A month to learn from, and a day to measure. */
const LEARNED = Array.from({ length: 31 }, (_, day) => works.day(day));
const MEASURED = works.day(31).map((record) => JSON.stringify(record));

async function learned(memory: Memory): Promise<Audit> {
  const audit = auditOn(memory);
  for (const records of LEARNED) await take(audit, records);
  return audit;
}

async function take(audit: Audit, records: readonly unknown[], batch = 1000): Promise<void> {
  const events = records.map(readEvent).filter((event) => event !== undefined && !isUnreadable(event));
  for (let at = 0; at < events.length; at += batch) await audit.take(events.slice(at, at + batch) as never);
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

/** DynamoDB's calls and write units, of a memory that counts and does nothing else. */
class CountingMemory extends InProcessMemory {
  calls = 0;
  writeUnits = 0;

  override read(keys: readonly ItemKey[]) {
    this.calls += Math.ceil(keys.length / 100);
    return super.read(keys);
  }

  override async add(additions: readonly Addition[]) {
    const after = await super.add(additions);
    this.calls += additions.length;
    for (const marks of after) this.writeUnits += Math.ceil([...marks].join('').length / 1024) || 1;
    return after;
  }
}

/** @param perBatch how many messages come together at that rate */
async function costs(perBatch: number): Promise<{ calls: number; writeUnits: number }> {
  const memory = new CountingMemory();
  await learned(memory);
  // A process that has just started: what it knows it has to read first.
  const audit = auditOn(memory);
  [memory.calls, memory.writeUnits] = [0, 0];
  await take(
    audit,
    MEASURED.map((text) => JSON.parse(text) as unknown),
    perBatch,
  );
  const thousands = MEASURED.length / 1000;
  return { calls: memory.calls / thousands, writeUnits: memory.writeUnits / thousands };
}

const ratios: number[] = [];
const rates: number[] = [];
for (let run = 0; run < 7; run++) {
  const audit = await learned(new InProcessMemory());
  const began = performance.now();
  for (const text of MEASURED) JSON.parse(text);
  const parsed = performance.now();
  await take(
    audit,
    MEASURED.map((text) => JSON.parse(text) as unknown),
  );
  const judged = performance.now();
  ratios.push((parsed - began) / (judged - parsed));
  rates.push((MEASURED.length / (judged - parsed)) * 1000);
}
const rare = await costs(5);
const busy = await costs(100);
const WRITE_DOLLARS = 0.625;
console.log(`${MEASURED.length} records of one day, after a month of learning, memory in process, median of 7
  records a second    ${Math.round(median(rates)).toLocaleString('en-GB')}   (aim: 30,000)
  JSON.parse alone    ${median(ratios).toFixed(2)} of the time   (aim: 0.4)
DynamoDB for 1,000 records, of a process that has just started
  batches of 5        ${Math.round(rare.calls)} calls, ${Math.round(rare.writeUnits)} write units   (aim: 1,500 calls)
  batches of 100      ${Math.round(busy.calls)} calls, ${Math.round(busy.writeUnits)} write units   (aim: 500 calls)
  a million records   $${((busy.writeUnits / 1000) * WRITE_DOLLARS).toFixed(2)} of write units in batches of 100, at $${WRITE_DOLLARS} a million`);

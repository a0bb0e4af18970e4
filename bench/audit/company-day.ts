/** What the audit is measured with: days of an invented company to learn from, and days after them. */
import { COMPANY_DEPLOYMENT, company } from '../../local/company/company.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import type { Memory } from '../../shared/audit/memory/memory.ts';

/** Its days have about as many records as two million a month make. */
const works = company({ seed: 1, services: 100, people: 75, busy: 6 });
const LEARNED_DAYS = 10;

/** @param after how many days after the learned ones. @returns the day's records, as texts. */
export const dayAfter = (after: number): string[] =>
  works.day(LEARNED_DAYS + after).map((record) => JSON.stringify(record));

export const auditOn = (memory: Memory): Audit =>
  new Audit({
    memory,
    publisher: { publish: () => Promise.resolve() },
    detectors: DETECTORS,
    deployment: { ...NO_DEPLOYMENT, ...COMPANY_DEPLOYMENT },
    suppressions: [],
  });

/** An audit that knows the company. */
export async function learnedAudit(memory: Memory): Promise<Audit> {
  const audit = auditOn(memory);
  for (let day = -LEARNED_DAYS; day < 0; day++) await takeAll(audit, dayAfter(day), 1000);
  return audit;
}

/** @param perBatch how many records come together. */
export async function takeAll(audit: Audit, records: readonly string[], perBatch: number): Promise<void> {
  for (let at = 0; at < records.length; at += perBatch) {
    const batch: AuditEvent[] = [];
    for (const text of records.slice(at, at + perBatch)) {
      const read = readEvent(JSON.parse(text));
      if (read !== undefined && !isUnreadable(read)) batch.push(read);
    }
    await audit.take(batch);
  }
}

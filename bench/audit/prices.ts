/** What a million events cost, by the one list of prices. EventBridge delivers AWS's own events for nothing. */
import { dollars } from '../../scripts/cost/prices.ts';

const GIGABYTES = 0.5;
/** Messages that one request to the queue receives or deletes. */
const QUEUE_BATCH = 10;
const MILLION = 1_000_000;

/** For 1,000 events. */
export interface Usage {
  readonly calls: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** @returns dollars for a million events. */
export function dollarsOf(usage: Usage & { readonly batch: number; readonly batchMs: number }): number {
  const { writeUnits, readUnits, batch, batchMs } = usage;
  const table = dollars('writes', writeUnits * 1000) + dollars('reads', readUnits * 1000);
  const invocations = MILLION / batch;
  const lambda =
    dollars('invocations', invocations) + dollars('compute', ((invocations * batchMs) / 1000) * GIGABYTES);
  const requests = MILLION * (1 + 2 / Math.min(batch, QUEUE_BATCH));
  return table + lambda + dollars('queueRequests', requests);
}

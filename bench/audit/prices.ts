/**
 * Public list prices of us-east-1, in dollars, on arm64 and on demand. From AWS's pages, not from a bill; check them
 * before relying on them. EventBridge delivers AWS's own events for nothing.
 * @see https://aws.amazon.com/dynamodb/pricing/on-demand/ https://aws.amazon.com/lambda/pricing/
 * https://aws.amazon.com/sqs/pricing/
 */
const A_MILLION = {
  writeUnits: 0.625,
  readUnits: 0.125,
  lambdaRequests: 0.2,
  queueRequests: 0.4,
} as const;
/** Of Lambda on arm64. */
const GIGABYTE_SECOND = 0.0000133334;
const GIGABYTES = 0.5;
/** Messages that one request to the queue receives or deletes. */
const QUEUE_BATCH = 10;

/** For 1,000 events. */
export interface Usage {
  readonly calls: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** @returns dollars for a million events. */
export function dollarsOf(usage: Usage & { readonly batch: number; readonly batchMs: number }): number {
  const { writeUnits, readUnits, batch, batchMs } = usage;
  const table = (writeUnits * A_MILLION.writeUnits + readUnits * A_MILLION.readUnits) / 1000;
  const invocations = 1 / batch;
  const lambda =
    invocations * A_MILLION.lambdaRequests +
    ((invocations * 1e6 * batchMs) / 1000) * GIGABYTES * GIGABYTE_SECOND;
  const queue = (1 + 2 / Math.min(batch, QUEUE_BATCH)) * A_MILLION.queueRequests;
  return table + lambda + queue;
}

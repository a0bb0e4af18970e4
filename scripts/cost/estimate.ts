/** What a deployment costs in a month, from how much is asked of it. Assumptions stand here and on the page. */
import { dollars } from './prices.ts';

export interface Usage {
  readonly secrets: number;
  /** Days between two rotations of a secret. */
  readonly rotationDays: number;
  /** Reads of all applications together, in a second. */
  readonly readsPerSecond: number;
  /** How many alarms the template makes. */
  readonly alarms: number;
}

export interface Line {
  readonly what: string;
  /** Dollars in a month. */
  readonly usd: number;
}

export const HOURS = 730;
const SECONDS = HOURS * 3600;
const DAYS = HOURS / 24;

/** Of what was measured or guessed; each is named on the page. */
export const ASSUMED = {
  /** Of one rotation: the four steps, at 256 MB. */
  rotationCalls: 17,
  stepSeconds: 2,
  /** An outcome line, a line of metrics, and Lambda's own. */
  logBytes: 1500,
  /** A read is told by Secrets Manager, and by KMS once more. */
  eventsPerRead: 2,
  /** Of a rotation: its calls, each with its use of a key, and what Secrets Manager tells of it. */
  eventsPerRotation: 40,
  /** Of the audit's function at 512 MB: a batch, and each event of it. */
  batchSeconds: 0.05,
  eventSeconds: 0.0005,
  mostInBatch: 100,
  batchWindowSeconds: 5,
  /** For each event, when all secrets and readers are known. */
  writeUnits: 0.15,
  readUnits: 0.1,
  /** Lambda asks a queue by five connections, each of which waits for 20 s when there is nothing. */
  idleRequestsPerSecond: 5 / 20,
  sweepsAnHour: 4,
  sweepSeconds: 3,
} as const;

const gigabytes = (megabytes: number): number => megabytes / 1024;

/** What is there whether anything happens or not. */
export const standing = ({ alarms }: Usage): Line[] => {
  const sweeps = ASSUMED.sweepsAnHour * HOURS;
  return [
    { what: 'The key of the topics and queues', usd: dollars('key', 1) },
    { what: `Alarms (${alarms})`, usd: dollars('alarm', alarms) },
    { what: 'Metrics of the audit and the sweep (2)', usd: dollars('metric', 2) },
    { what: 'The canary, and its reads', usd: dollars('secret', 1) + dollars('secretCalls', sweeps) },
    {
      what: 'The queue, asked while it is empty',
      usd: dollars('queueRequests', ASSUMED.idleRequestsPerSecond * SECONDS),
    },
    {
      what: 'The sweep',
      usd:
        dollars('invocations', sweeps) +
        dollars('compute', sweeps * ASSUMED.sweepSeconds * gigabytes(512)) +
        dollars('logs', sweeps * ASSUMED.logBytes * 1e-9),
    },
  ];
};

/** Rotating, and the audit of that. */
export const rotating = ({ secrets, rotationDays }: Usage): Line[] => {
  const rotations = (secrets * DAYS) / rotationDays;
  // Metrics are charged by the hour in which they are written: eight, two for each step.
  const hours = Math.min(rotations, HOURS);
  return [
    { what: 'Calls of Secrets Manager', usd: dollars('secretCalls', rotations * ASSUMED.rotationCalls) },
    {
      what: 'The functions',
      usd:
        dollars('invocations', 4 * rotations) +
        dollars('compute', 4 * rotations * ASSUMED.stepSeconds * gigabytes(256)) +
        dollars('logs', 4 * rotations * ASSUMED.logBytes * 1e-9),
    },
    { what: 'Their metrics', usd: dollars('metric', 8 * (hours / HOURS)) },
    { what: 'The audit of their events', usd: perEvents(rotations * ASSUMED.eventsPerRotation) },
  ];
};

/** The audit of reads. */
export const auditing = ({ readsPerSecond }: Usage): Line[] => {
  const perSecond = readsPerSecond * ASSUMED.eventsPerRead;
  const events = perSecond * SECONDS;
  const batches = batchesOf(perSecond) * SECONDS;
  return [
    { what: 'The queue', usd: dollars('queueRequests', queueRequests(events, batches)) },
    {
      what: 'The audit’s function',
      usd: dollars('invocations', batches) + dollars('compute', computeOf(events, batches)),
    },
    { what: 'Its log', usd: dollars('logs', batches * ASSUMED.logBytes * 1e-9) },
    {
      what: 'Its memory',
      usd: dollars('writes', events * ASSUMED.writeUnits) + dollars('reads', events * ASSUMED.readUnits),
    },
    { what: 'EventBridge and CloudTrail', usd: dollars('events', events) + dollars('trail', events) },
  ];
};

/** What Secrets Manager takes, with Keyturn or without. */
export const anyway = ({ secrets, readsPerSecond }: Usage): Line[] => [
  { what: 'The secrets', usd: dollars('secret', secrets) },
  { what: 'Their reads by applications', usd: dollars('secretCalls', readsPerSecond * SECONDS) },
];

export const total = (lines: readonly Line[]): number => lines.reduce((sum, { usd }) => sum + usd, 0);

/** A second. A batch goes when it is full, or when its time is up. */
function batchesOf(perSecond: number): number {
  const { mostInBatch, batchWindowSeconds } = ASSUMED;
  return Math.max(perSecond / mostInBatch, Math.min(perSecond, 1 / batchWindowSeconds));
}

/** A message is sent by itself; Lambda takes and deletes ten at a time. */
const queueRequests = (events: number, batches: number): number =>
  events + 2 * Math.max(events / 10, batches);

const computeOf = (events: number, batches: number): number =>
  (batches * ASSUMED.batchSeconds + events * ASSUMED.eventSeconds) * gigabytes(512);

/** Events that come a few at a time. */
function perEvents(events: number): number {
  const batches = events / 10;
  return (
    dollars('queueRequests', queueRequests(events, batches)) +
    dollars('invocations', batches) +
    dollars('compute', computeOf(events, batches)) +
    dollars('logs', batches * ASSUMED.logBytes * 1e-9) +
    dollars('writes', events)
  );
}

/**
 * The one list of prices: US dollars, US East (N. Virginia), list prices without free tiers. To recompute docs/cost.md,
 * correct it and run `npm run docs`.
 */
export const READ_ON = '2026-11-30';

/**
 * Where a number was read.
 * - `page`: AWS's own page, in a stored copy of the given month.
 * - `second-hand`: AWS's page shows its numbers by script, so a public tool or article that quotes them.
 */
type Seen = `page ${string}` | `second-hand ${string}`;

export interface Price {
  readonly what: string;
  readonly usd: number;
  /** So many units cost `usd`. */
  readonly units: number;
  readonly unit: string;
  readonly page: string;
  readonly seen: Seen;
}

const MILLION = 1_000_000;
const aws = (service: string): string => `https://aws.amazon.com/${service}/pricing/`;

export const PRICES = {
  secret: {
    ...{ what: 'Secrets Manager: a secret', usd: 0.4, units: 1, unit: 'month' },
    ...{ page: aws('secrets-manager'), seen: 'page 2026-09' },
  },
  secretCalls: {
    ...{ what: 'Secrets Manager: calls', usd: 0.05, units: 10_000, unit: 'calls' },
    ...{ page: aws('secrets-manager'), seen: 'page 2026-09' },
  },
  invocations: {
    ...{ what: 'Lambda: requests', usd: 0.2, units: MILLION, unit: 'requests' },
    ...{ page: aws('lambda'), seen: 'page 2026-09' },
  },
  compute: {
    ...{ what: 'Lambda: duration on arm64', usd: 0.0000133334, units: 1, unit: 'GB-second' },
    ...{ page: aws('lambda'), seen: 'second-hand 2026' },
  },
  queueRequests: {
    ...{ what: 'SQS: requests, standard queue', usd: 0.4, units: MILLION, unit: 'requests' },
    ...{ page: aws('sqs'), seen: 'second-hand 2024' },
  },
  writes: {
    ...{ what: 'DynamoDB on demand: write units', usd: 0.625, units: MILLION, unit: 'units' },
    ...{ page: aws('dynamodb'), seen: 'second-hand 2025-07' },
  },
  reads: {
    ...{ what: 'DynamoDB on demand: read units', usd: 0.125, units: MILLION, unit: 'units' },
    ...{ page: aws('dynamodb'), seen: 'second-hand 2025-07' },
  },
  events: {
    ...{
      what: 'EventBridge: events of AWS services, to a target in the account',
      usd: 0,
      units: MILLION,
      unit: 'events',
    },
    ...{ page: aws('eventbridge'), seen: 'page 2026' },
  },
  trail: {
    ...{ what: 'CloudTrail: management events, the first copy', usd: 0, units: 100_000, unit: 'events' },
    ...{ page: aws('cloudtrail'), seen: 'page 2026' },
  },
  secondTrail: {
    ...{ what: 'CloudTrail: management events, each further copy', usd: 2, units: 100_000, unit: 'events' },
    ...{ page: aws('cloudtrail'), seen: 'page 2026' },
  },
  key: {
    ...{ what: 'KMS: a customer managed key', usd: 1, units: 1, unit: 'month' },
    ...{ page: aws('kms'), seen: 'page 2026' },
  },
  keyRequests: {
    ...{ what: 'KMS: requests', usd: 0.03, units: 10_000, unit: 'requests' },
    ...{ page: aws('kms'), seen: 'second-hand 2026-03' },
  },
  logs: {
    ...{ what: 'CloudWatch Logs: taking in', usd: 0.5, units: 1, unit: 'GB' },
    ...{ page: aws('cloudwatch'), seen: 'second-hand 2026-06' },
  },
  alarm: {
    ...{ what: 'CloudWatch: an alarm', usd: 0.1, units: 1, unit: 'month' },
    ...{ page: aws('cloudwatch'), seen: 'second-hand 2026-02' },
  },
  metric: {
    ...{ what: 'CloudWatch: a metric of one’s own', usd: 0.3, units: 1, unit: 'month' },
    ...{ page: aws('cloudwatch'), seen: 'second-hand 2026-02' },
  },
  dashboard: {
    ...{ what: 'CloudWatch: a dashboard, after the first three', usd: 3, units: 1, unit: 'month' },
    ...{ page: aws('cloudwatch'), seen: 'second-hand 2026-06' },
  },
  mails: {
    ...{ what: 'SNS: mails', usd: 2, units: 100_000, unit: 'mails' },
    ...{ page: aws('sns'), seen: 'second-hand 2023' },
  },
  endpointHours: {
    ...{
      what: 'PrivateLink: an interface endpoint, in each Availability Zone',
      usd: 0.01,
      units: 1,
      unit: 'hour',
    },
    ...{ page: aws('privatelink'), seen: 'second-hand 2023' },
  },
} as const satisfies Record<string, Price>;

export type Priced = keyof typeof PRICES;

export const dollars = (what: Priced, units: number): number =>
  (PRICES[what].usd * units) / PRICES[what].units;

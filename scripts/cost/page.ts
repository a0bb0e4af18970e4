/** docs/cost.md, made from the prices and the estimate. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  ASSUMED,
  anyway,
  auditing,
  HOURS,
  type Line,
  rotating,
  standing,
  total,
  type Usage,
} from './estimate.ts';
import { dollars, PRICES, type Price, READ_ON } from './prices.ts';

const TEMPLATE = resolve(import.meta.dirname, '../template/alarms.yml');

/** How many alarms the template makes. */
export const alarms = (): number =>
  readFileSync(TEMPLATE, 'utf8').split('Type: AWS::CloudWatch::Alarm').length - 1;

const SECRETS = [10, 100, 1000, 10_000] as const;
const READS = [0.1, 1, 10, 100] as const;

export function costPage(): string {
  const usage: Usage = { secrets: 100, rotationDays: 30, readsPerSecond: 1, alarms: alarms() };
  const month = (lines: (of: Usage) => Line[], change: Partial<Usage>): number =>
    total(lines({ ...usage, ...change }));
  return `# Cost

Generated from \`scripts/cost\` by \`npm run docs\`. US dollars in a month of ${HOURS} hours, by public list prices of US East
(N. Virginia) as of ${READ_ON}, without free tiers: **check yours**. Nothing of this was read from a bill: Keyturn has not run on
AWS.

## At a glance

Keyturn in all, by secrets (each rotated every ${usage.rotationDays} days) and by reads of all applications together:

| | ${READS.map((reads) => `${reads} reads a second`).join(' | ')} |
|---|${READS.map(() => '---:').join('|')}|
${SECRETS.map((secrets) => `| ${number(secrets)} secrets | ${READS.map((readsPerSecond) => usd(month(standing, {}) + month(rotating, { secrets }) + month(auditing, { readsPerSecond }))).join(' | ')} |`).join('\n')}

What Secrets Manager itself takes for the same, with Keyturn or without:

| | ${READS.map((reads) => `${reads} reads a second`).join(' | ')} |
|---|${READS.map(() => '---:').join('|')}|
${SECRETS.map((secrets) => `| ${number(secrets)} secrets | ${READS.map((readsPerSecond) => usd(month(anyway, { secrets, readsPerSecond }))).join(' | ')} |`).join('\n')}

For your own numbers:

    npm run cost -- --secrets 500 --reads 20

Reads are best saved where they are made: [a cache](applications.md#caches-and-pools) lowers both tables.

## What stands

Whether anything happens or not.

${table(standing(usage))}

A key that is rotated costs a dollar more after its first and after its second yearly rotation.

## Rotations

| Secrets, every ${usage.rotationDays} days | ${rotating(usage)
    .map(({ what }) => what)
    .join(' | ')} | All |
|---|${rotating(usage)
    .map(() => '---:')
    .join('|')}|---:|
${SECRETS.map((secrets) => row(number(secrets), rotating({ ...usage, secrets }))).join('\n')}

## The audit of reads

| Reads a second | ${auditing(usage)
    .map(({ what }) => what)
    .join(' | ')} | All |
|---|${auditing(usage)
    .map(() => '---:')
    .join('|')}|---:|
${READS.map((readsPerSecond) => row(String(readsPerSecond), auditing({ ...usage, readsPerSecond }))).join('\n')}

The memory is the most it may be: a read that repeats on the same day writes nothing, and at many reads a second nearly all
do.

## Not counted

- **A second trail.** CloudTrail's first copy of management events costs nothing, each further one ${usd(PRICES.secondTrail.usd)} for ${number(PRICES.secondTrail.units)}
  events of the whole account. Where a trail exists, leave [\`createTrail\`](parameters.md#what-the-audit-is-told) out. S3 for
  its files is yours too.
- **Interface endpoints**, where a private subnet needs them: ${usd(dollars('endpointHours', HOURS))} for each service in each Availability Zone, and
  some cents for data.
- Requests to KMS, where secrets have a key of their own: ${usd(PRICES.keyRequests.usd)} for ${number(PRICES.keyRequests.units)} reads, as without Keyturn.
- Mails: ${usd(PRICES.mails.usd)} for ${number(PRICES.mails.units)}. Storage of the table and of logs: cents. Queries of logs: by what they read.
- A flood: somebody who makes new events on purpose makes them cost what unusual ones cost.
- The dashboard: ${usd(PRICES.dashboard.usd)}, where the account has three already.
- [Forwarders](cross-account.md#events-of-other-accounts-and-regions): EventBridge charges for events that are sent on to
  another Region or account; what it takes could not be sourced.

## What was assumed

| | |
|---|---|
| A rotation | ${ASSUMED.rotationCalls} calls of Secrets Manager (counted), four invocations of ${ASSUMED.stepSeconds} s at 256 MB (guessed), ${ASSUMED.eventsPerRotation} events (guessed) |
| A read | ${ASSUMED.eventsPerRead} events: Secrets Manager's, and KMS's |
| A batch of the audit | ${ASSUMED.mostInBatch} events or ${ASSUMED.batchWindowSeconds} s; ${ASSUMED.batchSeconds * 1000} ms and ${ASSUMED.eventSeconds * 1000} ms an event at 512 MB (guessed, from a laptop's ${'`npm run bench:audit`'}) |
| The memory | ${ASSUMED.writeUnits} write units and ${ASSUMED.readUnits} read units an event (measured by the same, in a process that has just started) |
| The queue | a request for each event, and two for each ten; ${ASSUMED.idleRequestsPerSecond * 60} a minute while it is empty |
| A line of the log | ${number(ASSUMED.logBytes)} bytes an invocation |

## Prices

AWS's pages show most numbers by script. Where a stored copy of the page had the number, it is marked *page*; elsewhere a
public tool or article that quotes it was read. To recompute, correct \`scripts/cost/prices.ts\` and run \`npm run docs\`.

| What | Price | Read |
|---|---:|---|
${Object.values(PRICES).map(priceRow).join('\n')}
`;
}

const priceRow = ({ what, usd: price, units, unit, page, seen }: Price): string =>
  `| [${what}](${page}) | $${Number.isInteger(price * 100) ? price.toFixed(2) : price}${units === 1 ? ` a ${unit}` : ` for ${number(units)} ${unit}`} | ${seen} |`;

const table = (lines: readonly Line[]): string =>
  [
    '| | |',
    '|---|---:|',
    ...lines.map(({ what, usd: cost }) => `| ${what} | ${usd(cost)} |`),
    `| **All** | **${usd(total(lines))}** |`,
  ].join('\n');

const row = (head: string, lines: readonly Line[]): string =>
  `| ${[head, ...lines.map(({ usd: cost }) => usd(cost)), usd(total(lines))].join(' | ')} |`;

const number = (value: number): string => value.toLocaleString('en-GB');

/** Cents below a hundred dollars, whole dollars above. */
export function usd(value: number): string {
  if (value === 0) return '$0';
  if (value < 0.005) return 'less than a cent';
  return value < 100 ? `$${value.toFixed(2)}` : `$${Math.round(value).toLocaleString('en-GB')}`;
}

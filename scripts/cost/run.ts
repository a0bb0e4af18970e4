/** `npm run cost`: what a deployment of your size costs in a month. */
import { parseArgs } from 'node:util';
import { auditing, type Line, rotating, standing, total } from './estimate.ts';
import { alarms, usd } from './page.ts';
import { READ_ON } from './prices.ts';

const USAGE = 'Usage: npm run cost -- --secrets 500 --reads 20 [--days 30]';

/** @throws Error that names the option */
function numberOf(name: string, text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || !(value >= 0)) throw new Error(`--${name} must be a number.`);
  return value;
}

/** @throws Error for a person: an option that is missing, unknown or no number */
export function costText(args: readonly string[]): string {
  const { values } = parseArgs({
    args: [...args],
    options: {
      secrets: { type: 'string' },
      reads: { type: 'string' },
      days: { type: 'string', default: '30' },
    },
  });
  const usage = {
    secrets: numberOf('secrets', values.secrets),
    readsPerSecond: numberOf('reads', values.reads),
    rotationDays: Math.max(1, numberOf('days', values.days)),
    alarms: alarms(),
  };
  const parts: readonly (readonly [string, readonly Line[]])[] = [
    ['What stands', standing(usage)],
    [`${usage.secrets} secrets, rotated every ${usage.rotationDays} days`, rotating(usage)],
    [`The audit of ${usage.readsPerSecond} reads a second`, auditing(usage)],
  ];
  const lines = parts.flatMap(([title, of]) => [
    `\n${title}`,
    ...of.map(({ what, usd: cost }) => `  ${what.padEnd(44)}${usd(cost).padStart(18)}`),
  ]);
  const all = parts.flatMap(([, of]) => of);
  return `A month in US dollars, by public list prices read on ${READ_ON}: check yours. docs/cost.md has the assumptions.
${lines.join('\n')}

${'All'.padEnd(46)}${usd(total(all)).padStart(18)}`;
}

if (import.meta.main)
  try {
    console.log(costText(process.argv.slice(2)));
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exitCode = 2;
  }

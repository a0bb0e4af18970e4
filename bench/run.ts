/** `npm run bench`: how fast, how large and how frugal a rotation function is, beside AWS's own. */
import { parseArgs } from 'node:util';
import { ENGINES, type EngineOnStage } from '../local/rehearsal/servers.ts';
import { measure } from './report.ts';
import { reportText } from './table.ts';

const HELP = `Usage: npm run bench [-- options]

Measures cold rotations of a private server, and the size of the function. For PostgreSQL, AWS's template
is measured beside it when KEYTURN_BENCH_AWS_TEMPLATE names a copy: bench/README.md.

  --engine E  postgres, mysql, mariadb or redshift; postgres without it
  --runs N    rotations to take the median of; 21 without it
  --json      print one JSON document and nothing else (with npm run -s)
  --help      print this text
`;

class UsageError extends Error {}

interface Options {
  readonly engine: EngineOnStage;
  readonly runs: number;
  readonly json: boolean;
  readonly help: boolean;
}

function readOptions(args: readonly string[]): Options {
  const { engine = 'postgres', runs = '21', json = false, help = false } = parse(args);
  const known = ENGINES.find((one) => one === engine);
  if (known === undefined) throw new UsageError(`--engine must be ${ENGINES.join(', ')}, not '${engine}'`);
  if (!/^[1-9]\d{0,3}$/.test(runs))
    throw new UsageError(`--runs must be a whole number from 1, not '${runs}'`);
  return { engine: known, runs: Number(runs), json, help };
}

function parse(args: readonly string[]) {
  const options = {
    engine: { type: 'string' },
    runs: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

async function main(args: readonly string[]): Promise<void> {
  const { engine, runs, json, help } = readOptions(args);
  if (help) return void process.stdout.write(HELP);
  const report = await measure(engine, runs, process.env);
  process.stdout.write(`${json ? JSON.stringify(report, plain) : reportText(report)}\n`);
}

/** What was not measured is null, and numbers keep three decimals. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 1000) / 1000;
  return value ?? null;
}

// Servers and folders are cleaned up on exit, which a signal would otherwise skip.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

try {
  await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof UsageError;
  const text = usage ? `${error.message}.\nTry: npm run bench -- --help` : String((error as Error).stack);
  process.stderr.write(`bench: ${text}\n`);
  process.exitCode = usage ? 2 : 1;
}

#!/usr/bin/env node
/** `npm run attach -- SECRET`: everything that can be looked at beforehand, then the function, the schedule, a rotation. */
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { attach } from './attaching/attach.ts';
import { ENGINES } from './attaching/deployment.ts';
import { Mistake } from './attaching/mistake.ts';
import { screenOn } from './attaching/screen.ts';

const HELP = `Usage: npm run attach -- SECRET [options]

Checks a secret from where its rotation function runs, attaches the function, and rotates. SECRET is a name or an ARN.
Nothing is changed before everything that can be seen beforehand is in order.

  --every 30d     how often: 1d, 7d, 30d, 60d, 90d, 120d, 180d, 365d (at an hour of the secret's own), any other
                  number of days, or 4h, 6h, 8h, 12h. Without it: the schedule that the secret has, else 30d
  --stage NAME    which deployment; dev without it
  --region NAME   where an ARN, AWS_REGION or the profile does not say
  --engine NAME   ${ENGINES.join(', ')}; without it, each is asked whether the secret is its
  --yes           rotate without asking
  --help          print this text
`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  every: { type: 'string' },
  stage: { type: 'string', default: 'dev' },
  region: { type: 'string' },
  engine: { type: 'string' },
  yes: { type: 'boolean', default: false },
} as const;

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args);
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const [secretId, ...more] = positionals;
  if (secretId === undefined) throw new UsageError('which secret? Give its name or its ARN');
  if (more.length > 0) throw new UsageError(`one secret at a time; '${more[0]}' is too much`);
  const { every, stage, region, yes } = values;
  const engine = ENGINES.find((name) => name === values.engine);
  if (values.engine !== undefined && engine === undefined)
    throw new UsageError(`--engine must be ${ENGINES.join(' or ')}, not '${values.engine}'`);
  if (!yes && !process.stdin.isTTY)
    throw new UsageError('there is no terminal to ask on: add --yes to rotate without being asked');
  const ask = yes ? () => Promise.resolve(true) : confirm;
  return attach({ secretId, every, stage, region, engine, ask, screen: screenOn(process.stdout) });
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and Ctrl-D mean no: the secret is attached by now, and that is to be told.
  const answer = await terminal.question(`${question} [y/N] `).catch(() => '\n');
  terminal.close();
  if (answer === '\n') process.stdout.write(answer);
  return /^y(es)?$/i.test(answer.trim());
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof Mistake)) throw error;
  const hint = error instanceof UsageError ? '\nTry: npm run attach -- --help' : '';
  process.stderr.write(`attach: ${error.message}.${hint}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

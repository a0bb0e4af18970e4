#!/usr/bin/env node
/** `npm run deploy -- --stage prod`: checks the parameter file, makes the bundles, and has serverless deploy them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../scripts/bundle.ts';
import { ParameterMistakes, readParameters } from '../scripts/parameters/read.ts';
import { parameterFile } from '../scripts/parameters/stage.ts';

const HELP = `Usage: npm run deploy -- --stage NAME [options]

  --file PATH     the parameter file, where it is not keyturn.<stage>.yml beside serverless.yml
  --region NAME   instead of the file's
  --check         only check the file; nothing is sent
  --verbose       tell every event of the stack
`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  stage: { type: 'string' },
  file: { type: 'string' },
  region: { type: 'string' },
  check: { type: 'boolean' },
  verbose: { type: 'boolean' },
} as const;

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<number> {
  const { values } = options(args);
  const { help, stage, file, region, check, verbose } = values;
  if (help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  if (stage === undefined || !/^[a-z][a-z0-9-]{0,19}$/.test(stage))
    throw new UsageError('--stage NAME is needed: lower-case letters, digits and hyphens, at most 20');
  const path = file === undefined ? parameterFile(stage) : resolve(file);
  await checked(path);
  if (check === true) return 0;
  await bundle();
  return deploy([
    ...['--stage', stage],
    ...['--param', `parameters=${path}`],
    ...(region === undefined ? [] : ['--region', region]),
    ...(verbose === true ? ['--verbose'] : []),
  ]);
}

function options(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** @throws ParameterMistakes, UsageError */
async function checked(path: string): Promise<void> {
  const shown = relative(process.cwd(), path);
  if ((await readParameters(path)) === undefined)
    throw new UsageError(`there is no ${shown}: copy docs/parameters.example.yml to it, and fill it in`);
  process.stdout.write(`${shown} is in order.\n`);
}

/** The shell's own: what serverless asks and tells passes through. */
async function deploy(args: readonly string[]): Promise<number> {
  const bin = resolve(import.meta.dirname, '../node_modules/serverless/bin/serverless.js');
  const [code] = await once(spawn(process.execPath, [bin, 'deploy', ...args], { stdio: 'inherit' }), 'exit');
  return code ?? 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof ParameterMistakes)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

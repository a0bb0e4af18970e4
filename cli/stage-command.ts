/** What the commands about one stage share: its name, its parameter file, and serverless run with both. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ParameterMistakes } from '../scripts/parameters/read.ts';
import { parameterFile } from '../scripts/parameters/stage.ts';
import { Mistake } from './attaching/mistake.ts';

export class UsageError extends Error {}

export const STAGE_OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  stage: { type: 'string' },
  file: { type: 'string' },
  region: { type: 'string' },
  verbose: { type: 'boolean' },
} as const;

export interface Stage {
  readonly stage: string;
  /** Of its parameter file, which may not exist. */
  readonly path: string;
  /** Instead of the file's. */
  readonly region: string | undefined;
  readonly verbose: boolean | undefined;
}

interface StageValues {
  readonly stage?: string | undefined;
  readonly file?: string | undefined;
  readonly region?: string | undefined;
  readonly verbose?: boolean | undefined;
}

/** @throws UsageError */
export function parsed<T extends Parameters<typeof parseArgs>[0] & object>(config: T) {
  try {
    return parseArgs<T>(config);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** @throws UsageError */
export function stageOf({ stage, file, region, verbose }: StageValues): Stage {
  if (stage === undefined || !/^[a-z][a-z0-9-]{0,19}$/.test(stage))
    throw new UsageError('--stage NAME is needed: lower-case letters, digits and hyphens, at most 20');
  const path = file === undefined ? parameterFile(stage) : resolve(file);
  return { stage, path, region, verbose };
}

/** What serverless asks and tells passes through. @returns its exit status */
export async function runServerless(
  command: string,
  { stage, path, region, verbose }: Stage,
): Promise<number> {
  const bin = resolve(import.meta.dirname, '../node_modules/serverless/bin/serverless.js');
  const args = [
    ...[bin, command, '--stage', stage, '--param', `parameters=${path}`],
    ...(region === undefined ? [] : ['--region', region]),
    ...(verbose === true ? ['--verbose'] : []),
  ];
  const cwd = resolve(import.meta.dirname, '..');
  const [code] = await once(spawn(process.execPath, args, { cwd, stdio: 'inherit' }), 'exit');
  return code ?? 1;
}

/** Runs a command to its exit status; tells mistakes of its user without a trace. */
export async function runCommand(main: (args: readonly string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const told =
      error instanceof UsageError || error instanceof Mistake || error instanceof ParameterMistakes;
    if (!told) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

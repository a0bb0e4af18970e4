#!/usr/bin/env node
/** `npm run deploy -- --stage prod`: checks the parameter file, makes the bundles, and has serverless deploy them. */
import { relative } from 'node:path';
import { bundle } from '../scripts/bundle.ts';
import { readParameters } from '../scripts/parameters/read.ts';
import { ROOT } from '../scripts/parameters/stage.ts';
import {
  parsed,
  runCommand,
  runServerless,
  STAGE_OPTIONS,
  type Stage,
  stageOf,
  UsageError,
} from './stage-command.ts';

const HELP = `Usage: npm run deploy -- --stage NAME [options]

  --file PATH     the parameter file, where it is not keyturn.<stage>.yml beside serverless.yml
  --region NAME   instead of the file's
  --check         only check the file; nothing is sent
  --verbose       tell every event of the stack
`;

async function main(args: readonly string[]): Promise<number> {
  const options = { ...STAGE_OPTIONS, check: { type: 'boolean' } } as const;
  const { values } = parsed({ args: [...args], options });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const stage = stageOf(values);
  await checked(stage);
  if (values.check === true) return 0;
  await bundle();
  return runServerless('deploy', stage);
}

/** @throws ParameterMistakes, UsageError */
async function checked({ path, region }: Stage): Promise<void> {
  const shown = relative(process.cwd(), path);
  const parameters = await readParameters(path, ROOT);
  if (parameters === undefined)
    throw new UsageError(`there is no ${shown}: copy docs/parameters.example.yml to it, and fill it in`);
  if ((region ?? parameters.region) === undefined)
    throw new UsageError(`${shown} names no region, and there is no --region: say where to deploy to`);
  process.stdout.write(`${shown} is in order.\n`);
}

await runCommand(main);

#!/usr/bin/env node
/** `npm run remove -- --stage prod`: has serverless remove the stack, unless its functions still rotate secrets. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { parametersIn, readParameters } from '../scripts/parameters/read.ts';
import { ROOT } from '../scripts/parameters/stage.ts';
import { valuesOf } from '../scripts/parameters/values.ts';
import { attachedSecrets } from './removal/attached.ts';
import { keptResources } from './removal/kept.ts';
import { attachedText, keptText } from './removal/screen.ts';
import { parsed, runCommand, runServerless, STAGE_OPTIONS, stageOf } from './stage-command.ts';

const HELP = `Usage: npm run remove -- --stage NAME [options]

Removes the stack, unless its functions still rotate secrets. What it remembers, and what others subscribed to, stays.

  --file PATH     the parameter file, where it is not keyturn.<stage>.yml beside serverless.yml
  --region NAME   instead of the file's
  --verbose       tell every event of the stack
`;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parsed({ args: [...args], options: STAGE_OPTIONS });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const stage = stageOf(values);
  const region = stage.region ?? (await regionIn(stage.path));
  const stack = `keyturn-${stage.stage}`;
  const attached = await attachedSecrets(new SecretsManagerClient({ region }), stack);
  if (attached.length > 0) {
    process.stderr.write(attachedText(stack, region, attached));
    return 1;
  }
  const kept = await keptResources(stack, region);
  const status = await runServerless('remove', { ...stage, region });
  if (status === 0) process.stdout.write(keptText(kept));
  return status;
}

/** @throws ParameterMistakes */
const regionIn = async (path: string): Promise<string> =>
  valuesOf((await readParameters(path, ROOT)) ?? parametersIn('', path)).region;

await runCommand(main);

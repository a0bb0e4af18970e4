/** Which parameter file belongs to a stage. */
import { resolve } from 'node:path';
import type { Problem } from '../../shared/core/parse.ts';
import { ParameterMistakes, parametersIn, readParameters } from './read.ts';
import { type Values, valuesOf } from './values.ts';

/** Where serverless.yml is. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** Beside serverless.yml, and not tracked: it is yours. */
export const parameterFile = (stage: string): string => resolve(ROOT, `keyturn.${stage}.yml`);

const NO_FILE: Problem = { field: '', what: 'does not exist' };

interface Serverless {
  resolveVariable(address: string): Promise<string>;
}

/**
 * What serverless.yml reads as `custom.stage`. Without a file everything is as docs/parameters.md says of absent
 * parameters.
 *
 * @throws ParameterMistakes
 */
export async function values({ resolveVariable }: Serverless): Promise<Values> {
  const stage = await resolveVariable('sls:stage');
  const file = await resolveVariable("param:parameters, ''");
  const path = file === '' ? parameterFile(stage) : resolve(file);
  const parameters = await readParameters(path, process.cwd());
  if (parameters === undefined && file !== '') throw new ParameterMistakes(path, [NO_FILE]);
  return valuesOf(parameters ?? parametersIn('', path));
}

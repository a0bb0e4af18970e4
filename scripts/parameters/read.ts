/** Reads a parameter file: everything that is wrong with it is told at once, before anything is sent. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { type Problem, parse } from '../../shared/core/parse.ts';
import { nearest } from '../nearest.ts';
import { conflicts } from './conflicts.ts';
import { Parameters } from './parameters.ts';

/** Says, a line for each, which field is wrong and what would be right. */
export class ParameterMistakes extends Error {
  constructor(file: string, problems: readonly Problem[]) {
    super(
      [
        `${relative(process.cwd(), file)} cannot be deployed:`,
        ...problems.map(line),
        'See docs/parameters.md.',
      ].join('\n'),
    );
    // serverless prints the stack where there is one, and this says all.
    this.stack = this.message;
  }
}

const line = ({ field, what }: Problem): string => `  ${field === '' ? 'the file' : field} ${what}`;

/**
 * @param folder of serverless.yml
 * @returns undefined when there is no such file
 * @throws ParameterMistakes
 */
export async function readParameters(file: string, folder: string): Promise<Parameters | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const parameters = parametersIn(text, file);
  const { tlsCaFile } = parameters;
  if (tlsCaFile !== undefined && !existsSync(join(folder, tlsCaFile)))
    throw new ParameterMistakes(file, [{ field: 'tlsCaFile', what: `is not there: ${tlsCaFile}` }]);
  return parameters;
}

/** @throws ParameterMistakes */
export function parametersIn(text: string, file: string): Parameters {
  const given = yaml(text, file) ?? {};
  // A list would count as a map with numbers for names.
  const read = parse(Parameters, Array.isArray(given) ? '' : given);
  const problems = read.ok ? conflicts(read.value) : read.problems.map(inWords);
  if (!read.ok || problems.length > 0) throw new ParameterMistakes(file, problems);
  return read.value;
}

function yaml(text: string, file: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    throw new ParameterMistakes(file, [
      { field: '', what: `is not YAML: ${(error as Error).message.trim()}` },
    ]);
  }
}

const WORDS: Readonly<Record<string, string>> = {
  'must be Array': 'must be a list: [one, two]',
  'must be Object': 'must be a map: { name: value }',
  'must be string': 'must be text',
};

const inWords = ({ field, what }: Problem): Problem =>
  what === 'is not a known key'
    ? { field, what: `is no parameter${meant(field)}` }
    : { field, what: WORDS[what] ?? what.replace(CHOICE, oneOf) };

/** As valibot describes a choice. */
const CHOICE = /^must be \((.+)\)$/;
const oneOf = (_: string, options: string): string =>
  `must be one of ${options.replaceAll(' | ', ', ').replaceAll('"', '')}`;

function meant(field: string): string {
  const name = nearest(field, Object.keys(Parameters.entries));
  return name === undefined ? '' : `; ${name} is one`;
}

/** Copies of the code with one fault each. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Fault {
  /** Below `shared/`. */
  readonly file: string;
  readonly replace: string;
  readonly by: string;
}

const ROOT = resolve(import.meta.dirname, '../..');
/** Inside the project, so that its packages are found; each process has its own. */
const FOLDER = join(ROOT, '.cache', `mutants-${process.pid}`);

export const removeMutants = (): void => rmSync(FOLDER, { recursive: true, force: true });

/**
 * @param parts folders of `shared/` that the code is made of
 * @returns what loads a module of the copy, by its path below `shared/`
 */
export function mutate(
  name: string,
  parts: readonly string[],
  { file, replace, by }: Fault,
): (module: string) => Promise<Record<string, unknown>> {
  const folder = join(FOLDER, name.replaceAll(/\W+/g, '-'));
  mkdirSync(folder, { recursive: true });
  for (const part of parts) cpSync(join(ROOT, 'shared', part), join(folder, part), { recursive: true });
  const path = join(folder, file);
  const source = readFileSync(path, 'utf8');
  if (source.split(replace).length < 2) throw new Error(`${file} no longer holds the text to mutate.`);
  writeFileSync(
    path,
    source.replace(replace, () => by),
  );
  return (module) => import(pathToFileURL(join(folder, module)).href);
}

/**
 * The `serverless` command in a folder of its own, because it puts archives together in `.serverless` beside its file,
 * and two at once would get each other's.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const BIN = join(ROOT, 'node_modules/serverless/bin/serverless.js');

/** As in a parameter file. */
export type Parameters = Readonly<Record<string, unknown>>;

export interface Serverless extends AsyncDisposable {
  readonly folder: string;
  /** Writes another parameter file. */
  change(parameters: Parameters): Promise<void>;
  /** @returns what it printed. @throws Error with that, when it failed. */
  run(...args: readonly string[]): Promise<string>;
}

/** @param env all the environment variables it gets, besides a home without credentials */
export async function serverlessWith(
  parameters: Parameters,
  env: Readonly<Record<string, string>> = {},
): Promise<Serverless> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-serverless-'));
  const file = join(folder, 'keyturn.dev.yml');
  const change = (changed: Parameters) => writeFile(file, JSON.stringify(changed));
  for (const name of ['serverless.yml', 'dist'])
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  await symlink(join(ROOT, 'scripts'), join(folder, 'scripts'));
  await change(parameters);
  return {
    folder,
    change,
    async run(...args) {
      const options = { cwd: folder, env: { ...env, PATH: process.env['PATH'], HOME: folder } };
      try {
        const all = [BIN, ...args, `--param=parameters=${file}`];
        const { stdout, stderr } = await promisify(execFile)(process.execPath, all, options);
        return `${stdout}${stderr}`;
      } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        throw new Error(`serverless ${args.join(' ')} failed: ${stdout}${stderr}`);
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** `serverless package`, with neither credentials nor a home, from the bundles in `dist/`. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * In a folder of its own, because serverless puts archives together in `.serverless` beside its file, and two at once
 * would get each other's.
 *
 * @param parameters as in a parameter file
 * @param use gets the folder with the archives and the template, which is gone afterwards
 */
export async function packaged<T>(
  parameters: Readonly<Record<string, unknown>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'keyturn-package-'));
  const [file, folder] = [join(home, 'keyturn.dev.yml'), join(home, 'package')];
  const bin = join(ROOT, 'node_modules/serverless/bin/serverless.js');
  const env = { PATH: process.env['PATH'], HOME: home };
  try {
    await writeFile(file, JSON.stringify(parameters));
    for (const name of ['serverless.yml', 'dist'])
      await cp(join(ROOT, name), join(home, name), { recursive: true });
    await symlink(join(ROOT, 'scripts'), join(home, 'scripts'));
    const args = [bin, 'package', '--package', folder, `--param=parameters=${file}`];
    await promisify(execFile)(process.execPath, args, { cwd: home, env });
    return await use(folder);
  } finally {
    await rm(home, { recursive: true });
  }
}

export const TEMPLATE = 'cloudformation-template-update-stack.json';

/** `serverless package`, with neither credentials nor a home, from the bundles in `dist/`. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');

/** @param use gets the folder with the archives and the template, which is gone afterwards */
export async function packaged<T>(
  params: readonly string[],
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-package-'));
  const bin = join(ROOT, 'node_modules/serverless/bin/serverless.js');
  const args = [bin, 'package', '--package', folder, ...params.map((param) => `--param=${param}`)];
  const env = { PATH: process.env['PATH'], HOME: folder };
  try {
    await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const TEMPLATE = 'cloudformation-template-update-stack.json';

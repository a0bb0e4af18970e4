import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');

/** The repository's text files by path from its root: what git tracks, and what it would if asked to. */
export async function sources(): Promise<Map<string, string>> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await promisify(execFile)('git', list, { cwd: ROOT });
  const paths = [...new Set(stdout.split('\0'))].filter((path) => path !== '');
  const files = await Promise.all(paths.map(async (path) => [path, await read(path)] as const));
  return new Map(files.flatMap(([path, text]) => (text === undefined ? [] : [[path, text]])));
}

/** Undefined for a file that was just deleted. */
const read = (path: string): Promise<string | undefined> =>
  readFile(join(ROOT, path), 'utf8').catch(() => undefined);

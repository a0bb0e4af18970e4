/** The functions as they were: of the latest tag, or else before the rotation's code last changed. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const CODE = [
  'functions',
  'shared/aws',
  'shared/core',
  'shared/engines',
  'shared/handlers',
  'shared/rotation',
];
const run = promisify(execFile);

export interface PreviousBundle extends AsyncDisposable {
  readonly commit: string;
  /** As `dist/`. */
  readonly folder: string;
}

/** @returns the commit; `undefined` where the history does not reach back to one. */
export async function previousCommit(): Promise<string | undefined> {
  const tag = await git('describe', '--tags', '--abbrev=0', 'HEAD^').catch(() => '');
  if (tag !== '') return tag;
  const changes = await git('log', '--format=%h', '-n', '2', '--', ...CODE).catch(() => '');
  return changes.split('\n')[1];
}

/** Bundles with the packages of today. */
export async function bundleOf(commit: string): Promise<PreviousBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-previous-'));
  const env = { ...process.env, GIT_INDEX_FILE: join(folder, 'index') };
  const checkout = ['--work-tree', folder, 'checkout', commit, '--', 'functions', 'shared', 'scripts'];
  await run('git', checkout, { cwd: ROOT, env });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await run(process.execPath, ['scripts/bundle.ts', '--quiet'], { cwd: folder });
  return {
    commit,
    folder: join(folder, 'dist'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

const git = async (...args: readonly string[]): Promise<string> =>
  (await run('git', [...args], { cwd: ROOT })).stdout.trim();

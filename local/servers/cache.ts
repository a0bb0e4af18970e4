/** What takes seconds to make and no test changes: made once, kept in `.cache` of the project. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const CACHE = resolve(import.meta.dirname, '../../.cache/servers');

/** Several callers in one process share one making. */
const underWay = new Map<string, Promise<string>>();

/**
 * The folder of this name, filled by `make` unless it is there already. Several processes may ask at once: each
 * makes its own, and the first to finish wins.
 */
export function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const found = underWay.get(name) ?? find(join(CACHE, name), make);
  underWay.set(name, found);
  return found;
}

async function find(path: string, make: (folder: string) => Promise<void>): Promise<string> {
  if (existsSync(path)) return path;
  await mkdir(CACHE, { recursive: true });
  await sweep();
  const folder = await mkdtemp(join(CACHE, 'making-'));
  try {
    await make(folder);
    await rename(folder, path).catch((error: unknown) => {
      if (!existsSync(path)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return path;
}

const HOUR_MS = 3_600_000;

/** Removes what processes that were killed have left. */
async function sweep(): Promise<void> {
  const names = (await readdir(CACHE)).filter((name) => name.startsWith('making-'));
  for (const path of names.map((name) => join(CACHE, name))) {
    // Unpacking a package gives the folder the package's mtime, so that is no sign of its age.
    const { ctimeMs = Number.POSITIVE_INFINITY } = (await stat(path).catch(() => undefined)) ?? {};
    if (ctimeMs < Date.now() - HOUR_MS) await rm(path, { recursive: true, force: true });
  }
}

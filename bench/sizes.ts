/** How large the function is, as bundled and as packaged. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../scripts/bundle.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** All in bytes. */
export interface Sizes {
  /** What a cold start must read: the entry and its static imports. */
  readonly start: number;
  readonly total: number;
  /** The archive that Lambda gets. */
  readonly zip: number;
}

/** @param functionName e.g. `rotate-postgres` @throws the bundler's or the packager's error */
export async function measureSizes(functionName: string): Promise<Sizes> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-bench-'));
  const abort = new AbortController();
  // Also when the process is told to end meanwhile.
  const remove = () => {
    abort.abort();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', remove);
  try {
    const entries = [join(ROOT, `functions/${functionName}.ts`)];
    const [made] = await bundle({ entries, outFolder: join(folder, 'dist') });
    const zip = await zipBytes(functionName, folder, abort.signal);
    return { start: made?.startBytes ?? 0, total: made?.totalBytes ?? 0, zip };
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** Of what is in `dist/`, with neither credentials nor a home. */
async function zipBytes(functionName: string, folder: string, signal: AbortSignal): Promise<number> {
  const inTemplate = functionName.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const serverless = join(ROOT, 'node_modules/serverless/bin/serverless.js');
  const args = [serverless, 'package', '--package', folder];
  const env = { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder };
  await promisify(execFile)(process.execPath, args, { cwd: ROOT, env, signal });
  return statSync(join(folder, `${inTemplate}.zip`)).size;
}

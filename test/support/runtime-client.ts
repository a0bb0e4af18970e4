/**
 * AWS's runtime interface client for Node.js: what runs a function inside Lambda. It is no dependency of the project,
 * because it is compiled when it is installed; that is done once, below `.cache/`, where cmake, make and g++ are.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const NAME = 'aws-lambda-ric';
const VERSION = '4.0.2';
const HOME = resolve(import.meta.dirname, `../../.cache/${NAME}-${VERSION}`);
const BUILD_LIMIT_MS = 600_000;

/** Path of its program, once it is installed. */
export const RUNTIME_CLIENT = join(HOME, 'node_modules', NAME, 'index.mjs');

/** @returns why it cannot be had here; `undefined` when it is installed. */
export async function installRuntimeClient(): Promise<string | undefined> {
  if (existsSync(HOME)) return undefined;
  const unfinished = `${HOME}.${process.pid}`;
  try {
    await mkdir(unfinished, { recursive: true });
    const manifest = { private: true, dependencies: { [NAME]: VERSION }, allowScripts: { [NAME]: true } };
    await writeFile(join(unfinished, 'package.json'), JSON.stringify(manifest));
    await install(unfinished);
    await rename(unfinished, HOME);
    return undefined;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    return `${NAME} ${VERSION} cannot be built: ${lastLine(error)}`;
  }
}

async function install(folder: string): Promise<void> {
  const node = dirname(process.execPath);
  const env = { ...process.env, PATH: `${node}:${process.env['PATH']}`, npm_config_nodedir: dirname(node) };
  await promisify(execFile)('npm', ['install'], { cwd: folder, env, timeout: BUILD_LIMIT_MS });
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim().split('\n').at(-1) || message).slice(0, 200);
}

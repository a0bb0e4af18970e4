/** Python packages from PyPI, each in an environment of its own, installed once below `.cache/`. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CACHE = fileURLToPath(new URL('../.cache/', import.meta.url));
const INSTALL_LIMIT_MS = 300_000;

export interface PythonPackage {
  readonly name: string;
  readonly version: string;
  /** E.g. `[server]`. */
  readonly extras?: string;
}

const homeOf = ({ name, version }: PythonPackage): string => `${CACHE}${name}-${version}`;

/** The interpreter that finds the package. */
export const pythonWith = (wanted: PythonPackage): string => `${homeOf(wanted)}/bin/python`;

const run = promisify(execFile);

/** @returns why the package cannot be had here; `undefined` when it is installed. */
export async function installFromPypi(wanted: PythonPackage): Promise<string | undefined> {
  const { name, version, extras = '' } = wanted;
  if (existsSync(homeOf(wanted))) return undefined;
  const unfinished = `${homeOf(wanted)}.${process.pid}`;
  try {
    await mkdir(CACHE, { recursive: true });
    await run('python3', ['-m', 'venv', unfinished], { timeout: INSTALL_LIMIT_MS });
    const install = ['-m', 'pip', 'install', '--quiet', `${name}${extras}==${version}`];
    await run(`${unfinished}/bin/python`, install, { timeout: INSTALL_LIMIT_MS });
    await rename(unfinished, homeOf(wanted));
    return undefined;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    return `${name} ${version} cannot be installed: ${reasonOf(error)}`;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stderr } = error as { stderr?: string };
  return (stderr?.trim().split('\n').at(-1) || error.message).slice(0, 200);
}

/** moto, a third party's emulator of AWS, from PyPI: installed once below `.cache/`, run on 127.0.0.1. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const VERSION = '5.2.5';
const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url));
const HOME = `${CACHE}moto-${VERSION}`;
const INSTALL_LIMIT_MS = 300_000;

// Ends with its standard input, so that it cannot outlive the tests.
const SERVE = `
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
`;

export interface Moto extends AsyncDisposable {
  readonly endpoint: string;
}

const run = promisify(execFile);

/** @returns why moto cannot be had here; `undefined` when it is installed. */
export async function installMoto(): Promise<string | undefined> {
  if (existsSync(HOME)) return undefined;
  const unfinished = `${HOME}.${process.pid}`;
  try {
    await mkdir(CACHE, { recursive: true });
    await run('python3', ['-m', 'venv', unfinished], { timeout: INSTALL_LIMIT_MS });
    const install = ['-m', 'pip', 'install', '--quiet', `moto[server]==${VERSION}`];
    await run(`${unfinished}/bin/python`, install, { timeout: INSTALL_LIMIT_MS });
    await rename(unfinished, HOME);
    return undefined;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    return `moto ${VERSION} cannot be installed: ${reasonOf(error)}`;
  }
}

/** @throws Error when the server does not come up. */
export async function startMoto(): Promise<Moto> {
  const server = spawn(`${HOME}/bin/python`, ['-c', SERVE], { stdio: ['pipe', 'pipe', 'ignore'] });
  const port = await Promise.race([firstLine(server), exited(server)]);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const gone = once(server, 'exit');
      server.stdin.end();
      await gone;
    },
  };
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('moto has no output.');
  const [line] = await once(createInterface(stdout), 'line');
  return String(line);
}

async function exited(server: ChildProcess): Promise<never> {
  const [code] = await once(server, 'exit');
  throw new Error(`moto ended with ${code} before it listened.`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stderr } = error as { stderr?: string };
  return (stderr?.trim().split('\n').at(-1) || error.message).slice(0, 200);
}

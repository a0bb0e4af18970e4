/**
 * MiniStack, a third party's emulator of AWS, from PyPI, run on 127.0.0.1. It checks signatures and IAM policies, and
 * runs functions with their roles' credentials.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installFromPypi, type PythonPackage, pythonWith } from '../pypi.ts';

const MINISTACK: PythonPackage = { name: 'ministack', version: '1.5.33' };
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;

// Ends with its standard input, so that it cannot outlive the process that started it.
const SERVE = `
import os, signal, sys, threading
from ministack.app import main
def end():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end, daemon=True).start()
main()
`;

export interface MinistackOptions {
  readonly accountId: string;
  readonly region: string;
  /** Of the account's root, which every policy allows. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Environment variables of every function, beside those that its configuration sets. */
  readonly functionEnv: Readonly<Record<string, string>>;
}

export interface Ministack extends AsyncDisposable {
  readonly endpoint: string;
}

/** @returns why it cannot be had here; `undefined` when it is installed. */
export const installMinistack = (): Promise<string | undefined> => installFromPypi(MINISTACK);

/** @throws Error when it does not come up. */
export async function startMinistack(options: MinistackOptions): Promise<Ministack> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-ministack-'));
  const port = await freePort();
  const server = spawn(pythonWith(MINISTACK), ['-c', SERVE], {
    cwd: folder,
    env: environment(options, folder, port),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const log = tail(server);
  const closed = once(server, 'close');
  const end = async () => {
    server.stdin.end();
    const timer = setTimeout(() => server.kill('SIGKILL'), STOP_LIMIT_MS);
    await closed;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await Promise.race([listening(endpoint), closed.then(() => Promise.reject(new Error('it ended')))]);
  } catch (error) {
    await end();
    throw new Error(`MiniStack does not come up: ${(error as Error).message}. ${log()}`);
  }
  return { endpoint, [Symbol.asyncDispose]: end };
}

function environment(
  { accountId, region, credentials, functionEnv }: MinistackOptions,
  folder: string,
  port: number,
): Record<string, string> {
  return {
    // It runs functions by the first `node`, whatever their runtime is.
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: folder,
    TMPDIR: folder,
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    // MQTT would listen on all addresses.
    IOT_MTLS_ENABLED: '0',
    AUTH: 'true',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    MINISTACK_ACCOUNT_ID: accountId,
    MINISTACK_REGION: region,
    ...functionEnv,
  };
}

async function listening(endpoint: string): Promise<void> {
  const endsAt = Date.now() + START_LIMIT_MS;
  while (Date.now() < endsAt) {
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error(`no answer within ${START_LIMIT_MS / 1000} s`);
}

/** It takes a number, and no 0. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** @returns the last lines of what it wrote to stderr. */
function tail({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = `${text}${chunk}`.slice(-2000);
  });
  return () => text.trim();
}

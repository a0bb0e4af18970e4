/** Server programs: in a folder of their own, on a free port, and gone however this process ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Running {
  readonly child: ChildProcess;
  /** All that it has printed so far. */
  log(): string;
}

export interface Launch {
  /** Goes with the server. */
  readonly folder: string;
  command(port: number): readonly [program: string, ...args: string[]];
  /** What the server prints once it takes connections. */
  readonly ready: RegExp;
  readonly stopBy: NodeJS.Signals;
}

export interface Launched {
  readonly port: number;
  log(): string;
  /** Stops the server and removes its folder. */
  close(): Promise<void>;
}

/** Makes a folder; when `use` fails, the folder goes. */
export async function inFolder<T>(prefix: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  try {
    return await use(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Another process may take a free port before the server does, so a few are tried.
 * @throws Error with the server's log when it does not start.
 */
export async function launch(options: Launch, tries = 3): Promise<Launched> {
  const port = await freePort();
  const server = run(...options.command(port));
  const guard = removeAfterUs(server.child, options.folder);
  if (await prints(server, options.ready))
    return { port, log: server.log, close: () => stop(server.child, guard, options) };
  guard.kill('SIGKILL');
  if (tries > 1 && server.log().includes('Address already in use')) return launch(options, tries - 1);
  throw new Error(`The database server did not start:\n${server.log()}`);
}

/** @throws Error with what the program printed when it fails. */
export async function complete(program: string, args: readonly string[], input?: string): Promise<string> {
  const { child, log } = run(program, ...args);
  const closed = once(child, 'close');
  // A program that ends early does not read it all; its exit code tells.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  await closed;
  if (child.exitCode !== 0) throw new Error(`${program} failed:\n${log()}`);
  return log();
}

function run(program: string, ...args: readonly string[]): Running {
  const chunks: Buffer[] = [];
  const child = spawn(program, args, {
    ...(isRoot() ? { uid: NOBODY, gid: NOBODY } : {}),
    cwd: '/',
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    stdio: 'pipe',
  });
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { child, log: () => Buffer.concat(chunks).toString('utf8') };
}

async function prints({ child, log }: Running, text: RegExp): Promise<boolean> {
  const closed = once(child, 'close');
  while (!text.test(log())) {
    if (child.stderr === null || hasEnded(child)) break;
    await Promise.race([once(child.stderr, 'data'), closed]);
  }
  return !hasEnded(child);
}

async function stop(child: ChildProcess, guard: ChildProcess, { folder, stopBy }: Launch): Promise<void> {
  if (!hasEnded(child)) {
    child.kill(stopBy);
    await once(child, 'close');
  }
  guard.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/**
 * A shell that waits for the end of its input, which comes however this process dies, and then ends the
 * server and removes its folder.
 */
function removeAfterUs(server: ChildProcess, folder: string): ChildProcess {
  const script = 'cat >/dev/null; kill -9 "$1"; sleep 0.2; rm -rf "$2"';
  const guard = spawn('/bin/sh', ['-c', script, 'sh', String(server.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  return guard;
}

/** Database servers refuse to run as root, so root runs them as `nobody`. */
const NOBODY = 65534;
const isRoot = (): boolean => process.getuid?.() === 0;

/** Hands paths to the user that servers run as. */
export async function give(...paths: string[]): Promise<void> {
  for (const path of paths) {
    if (isRoot()) await chown(path, NOBODY, NOBODY);
    await chmod(path, path.endsWith('.key') ? 0o600 : 0o700);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}

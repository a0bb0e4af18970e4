/** Programs from Debian's packages, unpacked into a private folder: nothing is installed, no root is needed. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from './cache.ts';

const execute = promisify(execFile);

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const NEEDED = ['/usr/bin/apt-get', '/usr/bin/dpkg', KEYRING];

/** Debian's words for the architectures that Node.js knows, and the loader of their C library. */
const ARCHITECTURES: Readonly<Record<string, { name: string; triplet: string; loader: string }>> = {
  x64: { name: 'amd64', triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { name: 'arm64', triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

/** A program and the libraries it came with. */
export interface Unpacked {
  readonly root: string;
  /** Runs `program`, a path below the root, with the libraries of its own release. */
  command(program: string): readonly [string, ...string[]];
}

/**
 * `package_` of the release `suite` with all it needs: about 10 s and 100 to 300 MB the first time.
 * @throws Error whose message says why it cannot be had here
 */
export async function unpackDebian(suite: string, package_: string): Promise<Unpacked> {
  const architecture = ARCHITECTURES[process.arch];
  if (process.platform !== 'linux' || architecture === undefined || !NEEDED.every(existsSync))
    throw new Error("they are for Linux on x64 and arm64 with apt-get and Debian's keyring");
  const { name, triplet, loader } = architecture;
  const root = await cached(`debian-${suite}-${package_}`, (folder) => fill(folder, suite, name, package_));
  const libraries = [`lib/${triplet}`, `usr/lib/${triplet}`, 'usr/lib/mysql/private']
    .map((path) => join(root, path))
    .filter(existsSync);
  const load = libraries.map((path) => join(path, loader)).find(existsSync);
  if (load === undefined) throw new Error(`${package_} of Debian ${suite} came without its C library`);
  return { root, command: (program) => [load, '--library-path', libraries.join(':'), join(root, program)] };
}

async function fill(root: string, suite: string, architecture: string, package_: string): Promise<void> {
  const failures: unknown[] = [];
  for (const mirror of await mirrors()) {
    try {
      const source = `deb [arch=${architecture} target=Packages signed-by=${KEYRING}] ${mirror} ${suite} main`;
      return await unpack(root, source, architecture, package_);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new Error(failures.map(reasonIn).join('; ') || 'apt is configured with no mirror of Debian');
}

/** apt-get's own first complaint: the whole message goes over many lines. */
function reasonIn(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /^E: (.*)$/m.exec(text)?.[1] ?? text.split('\n', 1).join();
}

/** The addresses apt is configured with here; updates and security fixes have addresses of their own. */
async function mirrors(): Promise<string[]> {
  const format = '$(REPO_URI) $(COMPONENT) $(RELEASE)';
  const { stdout } = await execute('apt-get', ['indextargets', '--format', format]);
  const found = stdout.split('\n').map((line) => line.split(' '));
  const main = found.filter(([, component, release]) => component === 'main' && !release?.includes('-'));
  return [...new Set(main.flatMap(([address]) => address ?? []))];
}

async function unpack(root: string, source: string, architecture: string, package_: string): Promise<void> {
  const apt = join(root, 'apt');
  await configure(apt, source, architecture);
  const get = (...args: string[]) => execute('apt-get', ['-qq', '-c', join(apt, 'apt.conf'), ...args]);
  await get('update');
  await get('install', '--yes', '--download-only', package_);
  const archives = join(apt, 'cache/archives');
  for (const file of await readdir(archives))
    if (file.endsWith('.deb')) await execute('dpkg', ['-x', join(archives, file), root]);
  await rm(apt, { recursive: true });
  // The server may run as another user than the one who unpacks.
  await chmod(root, 0o755);
}

/** A world of apt's own, as if nothing were installed but perl, which no server needs to run. */
async function configure(apt: string, source: string, architecture: string): Promise<void> {
  for (const folder of ['state/lists/partial', 'cache/archives/partial'])
    await mkdir(join(apt, folder), { recursive: true });
  await writeFile(join(apt, 'sources.list'), `${source}\n`);
  await writeFile(
    join(apt, 'status'),
    `Package: perl\nStatus: install ok installed\nVersion: 99\nArchitecture: ${architecture}\nMulti-Arch: allowed\nMaintainer: none\nDescription: none\n\n`,
  );
  const settings = SETTINGS.map(([name, value]) => `${name} "${value.replace('APT', apt)}";`);
  await writeFile(join(apt, 'apt.conf'), `${[...HOOKS, ...settings].join('\n')}\n`);
}

/** The machine's own settings hold (proxies, for one), but what it does after an update must not happen here. */
const HOOKS = ['Pre-Invoke', 'Post-Invoke', 'Post-Invoke-Success'].map(
  (name) => `#clear APT::Update::${name};`,
);

const SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ['Dir::Etc::sourcelist', 'APT/sources.list'],
  ['Dir::Etc::sourceparts', '/dev/null'],
  ['Dir::Etc::preferences', '/dev/null'],
  ['Dir::Etc::preferencesparts', '/dev/null'],
  ['Dir::State', 'APT/state'],
  ['Dir::State::status', 'APT/status'],
  ['Dir::State::extended_states', 'APT/extended_states'],
  ['Dir::Cache', 'APT/cache'],
  ['Dir::Log', 'APT/log'],
  ['APT::Sandbox::User', 'root'],
  ['APT::Update::Error-Mode', 'any'],
  ['APT::Install-Recommends', 'false'],
];

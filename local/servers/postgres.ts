/** Real PostgreSQL servers from npm packages: private folder, own certificate, 127.0.0.1 only. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createAuthority, createServerCertificate } from '../certificates.ts';
import { complete, give, inFolder, launch } from './process.ts';

const MAJORS = [13, 15, 16, 18] as const;
export type PostgresMajor = (typeof MAJORS)[number];

export interface PostgresOptions {
  readonly major: PostgresMajor;
  /** Lines of postgresql.conf, e.g. `{ password_encryption: 'md5' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf, ahead of the last one, which lets everybody in by password. */
  readonly hba?: readonly string[];
  /** Further host names for the server's certificate. */
  readonly names?: readonly string[];
  /** Starts as a read-only replica of a primary that never sends anything. */
  readonly replica?: boolean;
}

export interface PostgresServer extends AsyncDisposable {
  /** As the server's program reports it, e.g. `18.4`. */
  readonly version: string;
  readonly port: number;
  readonly host: '127.0.0.1';
  /** The authority that signed the server's certificate, PEM. */
  readonly ca: string;
  /** The same, as a file that goes with the server. */
  readonly caFile: string;
  readonly superuser: { readonly username: string; readonly password: string };
  /** The whole server log so far. */
  log(): string;
  close(): Promise<void>;
}

/** The servers this machine has, and why it lacks the others. */
export function postgresMajors(): {
  readonly installed: readonly PostgresMajor[];
  readonly missing: readonly { readonly major: PostgresMajor; readonly reason: string }[];
} {
  const installed = MAJORS.filter((major) => binaries(major) !== undefined);
  const missing = MAJORS.filter((major) => !installed.includes(major));
  return {
    installed,
    missing: missing.map((major) => ({ major, reason: `${packageOf(major)} is not installed` })),
  };
}

/** @throws Error with the server's log when it does not start. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const bin = binaries(options.major);
  if (bin === undefined) throw new Error(`${packageOf(options.major)} is not installed.`);
  return inFolder('keyturn-postgres-', (folder) => startIn(folder, bin, options));
}

async function startIn(folder: string, bin: string, options: PostgresOptions): Promise<PostgresServer> {
  const superuser = { username: 'postgres', password: randomBytes(18).toString('base64url') };
  const authority = await createAuthority();
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, authority.cert);
  await prepare(folder, bin, superuser.password);
  await configure(folder, options, await createServerCertificate(authority, options.names));
  const { port, log, close } = await launch({
    folder,
    command: (port) => [join(bin, 'postgres'), '-D', join(folder, 'data'), '-p', String(port)],
    ready: /ready to accept (read.only )?connections/,
    stopBy: 'SIGINT',
  });
  return {
    version: log().match(/starting PostgreSQL ([\d.]+)/)?.[1] ?? String(options.major),
    port,
    host: '127.0.0.1',
    ca: authority.cert,
    caFile,
    superuser,
    log,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function prepare(folder: string, bin: string, password: string): Promise<void> {
  const passwordFile = join(folder, 'superuser');
  await writeFile(passwordFile, password);
  await give(folder, passwordFile);
  const options = ['-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', `--pwfile=${passwordFile}`];
  await complete(join(bin, 'initdb'), ['-D', join(folder, 'data'), '-U', 'postgres', ...options]);
  await rm(passwordFile);
}

async function configure(
  folder: string,
  options: PostgresOptions,
  certificate: { cert: string; key: string },
): Promise<void> {
  const data = join(folder, 'data');
  const settings = { ...SETTINGS, ...options.settings };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  // The method called md5 also takes SCRAM, whichever the user's stored password is made for.
  const hba = [...(options.hba ?? []), 'host all all 127.0.0.1/32 md5'];
  await appendFile(join(data, 'postgresql.conf'), `\n${lines.join('\n')}\n`);
  await writeFile(join(data, 'pg_hba.conf'), `${hba.join('\n')}\n`);
  await writeFile(join(data, 'server.crt'), certificate.cert);
  await writeFile(join(data, 'server.key'), certificate.key);
  await give(join(data, 'server.key'), join(data, 'server.crt'));
  if (options.replica) await writeFile(join(data, 'standby.signal'), '');
}

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  ssl: 'on',
  fsync: 'off',
  shared_buffers: '16MB',
  log_destination: 'stderr',
};

const packageOf = (major: PostgresMajor): string => `postgres${major}-${process.platform}-${process.arch}`;

function binaries(major: PostgresMajor): string | undefined {
  const roots = createRequire(import.meta.url).resolve.paths(packageOf(major)) ?? [];
  const folders = roots.map((root) => join(root, packageOf(major), 'native', 'bin'));
  return folders.find(
    (folder) => existsSync(join(folder, 'postgres')) && existsSync(join(dirname(folder), 'lib')),
  );
}

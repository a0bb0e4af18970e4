/** Real MySQL and MariaDB servers: private folder, own certificate, 127.0.0.1 only. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority, createServerCertificate } from '../certificates.ts';
import { externalMysql } from './external-mysql.ts';
import { copyInitialData, storageIn } from './mysql-data.ts';
import { type MissingServer, type ServerKind, type ServerProgram, serverPrograms } from './mysql-programs.ts';
import { give, inFolder, launch } from './process.ts';

export interface MysqlOptions {
  /** Options of the server's program, e.g. `{ 'sql-mode': 'ANSI_QUOTES' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Further host names for the server's certificate. */
  readonly names?: readonly string[];
  /** Writes every statement to the log, once the administrator has been made. */
  readonly generalLog?: boolean;
}

export interface MysqlServer extends AsyncDisposable {
  readonly kind: ServerKind;
  readonly product: ServerProgram['product'];
  /** E.g. `9.7.4`. */
  readonly version: string;
  readonly host: string;
  readonly port: number;
  /** The authority that signed the server's certificate, PEM. */
  readonly ca: string;
  /** The same, as a file. */
  readonly caFile: string;
  /** May do everything, over TCP. */
  readonly administrator: { readonly username: string; readonly password: string };
  /** The error log and the general log so far; empty for a server that was not started here. */
  log(): string;
  close(): Promise<void>;
}

/** The servers that can be had here, and why others cannot. */
export async function mysqlServers(): Promise<{
  readonly installed: readonly ServerKind[];
  readonly missing: readonly MissingServer[];
  /** The one server is the user's own, and takes no options. */
  readonly external: boolean;
}> {
  const external = await externalMysql();
  if (external !== undefined) return { installed: [external.kind], missing: [], external: true };
  const { found, missing } = await serverPrograms();
  return { installed: found.map(({ kind }) => kind), missing, external: false };
}

/** @throws Error with the server's log when it does not start. */
export async function startMysql(kind: ServerKind, options: MysqlOptions = {}): Promise<MysqlServer> {
  const external = await externalMysql();
  if (external !== undefined) return asItIs(external, kind, options);
  const { found, missing } = await serverPrograms();
  const program = found.find((one) => one.kind === kind);
  if (program !== undefined) return inFolder('keyturn-mysql-', (folder) => startIn(folder, program, options));
  throw new Error(missing.find((one) => one.kind === kind)?.reason ?? `There is no server ${kind} here.`);
}

function asItIs(external: MysqlServer, kind: ServerKind, options: MysqlOptions): MysqlServer {
  if (external.kind !== kind) throw new Error(`The server given for the tests is ${external.kind}.`);
  if (Object.keys(options).length > 0) throw new Error('The server given for the tests takes no options.');
  return external;
}

async function startIn(folder: string, program: ServerProgram, options: MysqlOptions): Promise<MysqlServer> {
  const administrator = { username: 'root', password: randomBytes(18).toString('base64url') };
  const { caFile, ca } = await certify(folder, options.names);
  const initFile = join(folder, 'init.sql');
  await writeFile(initFile, initSql(administrator.password, options.generalLog));
  await give(folder, initFile);
  await copyInitialData(program, join(folder, 'data'));
  const { port, log, close } = await launch({
    folder,
    command: (port) => [...program.command, ...argumentsFor(folder, program, port, options.settings)],
    ready: /ready for connections/,
    // Nothing of it is needed any more.
    stopBy: 'SIGKILL',
  });
  await rm(initFile);
  const { kind, product, version } = program;
  return {
    kind,
    product,
    version,
    host: '127.0.0.1',
    port,
    ca,
    caFile,
    administrator,
    log: () => log() + contentOf(join(folder, 'general.log')),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Written with the rights of the server, which has no password until it has read this. */
const initSql = (password: string, generalLog = false): string =>
  [
    "RENAME USER 'root'@'localhost' TO 'root'@'%';",
    `ALTER USER 'root'@'%' IDENTIFIED BY '${password}';`,
    ...(generalLog ? ['SET GLOBAL general_log = ON;'] : []),
    '',
  ].join('\n');

async function certify(folder: string, names: readonly string[] = []) {
  const authority = await createAuthority();
  const certificate = await createServerCertificate(authority, names);
  const files = { caFile: 'ca.pem', cert: 'server.crt', key: 'server.key' };
  const contents = { caFile: authority.cert, ...certificate };
  for (const name of ['caFile', 'cert', 'key'] as const)
    await writeFile(join(folder, files[name]), contents[name]);
  await give(join(folder, files.cert), join(folder, files.key));
  return { ca: authority.cert, caFile: join(folder, files.caFile) };
}

function argumentsFor(
  folder: string,
  { product }: ServerProgram,
  port: number,
  settings: MysqlOptions['settings'] = {},
): string[] {
  const path = (name: string) => join(folder, name);
  return [
    ...storageIn(folder, product),
    ...(product === 'mysql' ? ['--mysqlx=OFF'] : []),
    `--pid-file=${path('pid')}`,
    // No socket: its path would be too long in some temporary folders.
    '--socket=',
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    `--init-file=${path('init.sql')}`,
    `--ssl-cert=${path('server.crt')}`,
    `--ssl-key=${path('server.key')}`,
    `--general-log-file=${path('general.log')}`,
    '--skip-name-resolve',
    '--skip-log-bin',
    '--performance-schema=OFF',
    '--innodb-buffer-pool-size=32M',
    '--innodb-flush-log-at-trx-commit=0',
    ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
  ];
}

const contentOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

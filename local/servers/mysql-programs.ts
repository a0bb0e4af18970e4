/** Which MySQL and MariaDB servers can run here: the user's own, or Debian's. */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { unpackDebian } from './debian.ts';
import { complete } from './process.ts';

export type MysqlProduct = 'mysql' | 'mariadb';

/** Product and release series, as the server's program reports them, e.g. `mysql-9.7`. */
export type ServerKind = `${MysqlProduct}-${number}.${number}`;

export interface ServerProgram {
  readonly kind: ServerKind;
  readonly product: MysqlProduct;
  /** E.g. `9.7.4`. */
  readonly version: string;
  /** Runs the program; further arguments may follow. */
  readonly command: readonly [string, ...string[]];
  /** The folder that holds its `share`. */
  readonly base: string;
}

export interface ServerPrograms {
  readonly found: readonly ServerProgram[];
  readonly missing: readonly MissingServer[];
}

export interface MissingServer {
  readonly kind: ServerKind;
  readonly reason: string;
}

interface Release {
  readonly kind: ServerKind;
  readonly suite: string;
  readonly package: string;
}

/** Where a product's program is looked for, in this order. */
interface Source {
  readonly product: MysqlProduct;
  /** Environment variable with the program's path; then there is no other. */
  readonly variable: string;
  /** Names on the PATH. `mysqld` may be either product. */
  readonly names: readonly string[];
  /** What Debian has, for kinds that the PATH does not have. */
  readonly releases: readonly Release[];
}

const SOURCES: readonly Source[] = [
  {
    product: 'mysql',
    variable: 'KEYTURN_MYSQLD',
    names: ['mysqld'],
    releases: [{ kind: 'mysql-9.7', suite: 'sid', package: 'mysql-server-core' }],
  },
  {
    product: 'mariadb',
    variable: 'KEYTURN_MARIADBD',
    names: ['mariadbd', 'mysqld'],
    releases: [
      { kind: 'mariadb-10.11', suite: 'bookworm', package: 'mariadb-server-core' },
      { kind: 'mariadb-11.8', suite: 'trixie', package: 'mariadb-server-core' },
    ],
  },
];

let programs: Promise<ServerPrograms> | undefined;

/** Looks once in each process. Debian's packages are downloaded when they have not been yet. */
export function serverPrograms(): Promise<ServerPrograms> {
  programs ??= Promise.all(SOURCES.map(look)).then((all) => ({
    found: all.flatMap(({ found }) => found),
    missing: all.flatMap(({ missing }) => missing),
  }));
  return programs;
}

async function look(source: Source): Promise<ServerPrograms> {
  const named = process.env[source.variable];
  if (named !== undefined) return lookAt(named, source);
  const own = await onPath(source);
  const found = own === undefined ? [] : [own];
  const missing: MissingServer[] = [];
  for (const release of source.releases.filter(({ kind }) => kind !== own?.kind))
    await unpacked(release).then(
      (program) => found.push(program),
      (error: Error) => missing.push({ kind: release.kind, reason: reasonFor(release, source, error) }),
    );
  return { found, missing };
}

async function lookAt(path: string, { product, variable, releases }: Source): Promise<ServerPrograms> {
  const program = await describe([path]).catch(() => undefined);
  if (program?.product === product) return { found: [program], missing: [] };
  const reason = `${variable} names ${path}, which is not a server of this product.`;
  return { found: [], missing: releases.map(({ kind }) => ({ kind, reason })) };
}

async function onPath({ names, product }: Source): Promise<ServerProgram | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of paths.filter(existsSync)) {
    const program = await describe([path]).catch(() => undefined);
    if (program?.product === product) return program;
  }
  return undefined;
}

async function unpacked({ suite, package: name, kind }: Release): Promise<ServerProgram> {
  const { root, command } = await unpackDebian(suite, name);
  const program = kind.startsWith('mysql') ? 'usr/sbin/mysqld' : 'usr/sbin/mariadbd';
  return describe(command(program), join(root, 'usr'));
}

async function describe(command: ServerProgram['command'], base?: string): Promise<ServerProgram> {
  const [program, ...args] = command;
  const text = await complete(program, [...args, '--no-defaults', '--version']);
  const series = text.match(/Ver (\d+\.\d+)\.\d+/);
  if (series === null) throw new Error(`${program} did not tell its version: ${text}`);
  const product = text.includes('MariaDB') ? 'mariadb' : 'mysql';
  return {
    product,
    kind: `${product}-${series[1]}` as ServerKind,
    version: series[0].slice('Ver '.length),
    command:
      base === undefined ? [program, '--no-defaults'] : [...command, '--no-defaults', ...filesIn(base)],
    base: base ?? dirname(dirname(await realpath(program))),
  };
}

/** A program that is not where it was built for must be told where its files are. */
function filesIn(base: string): string[] {
  const share = ['mariadb', 'mysql'].map((name) => join(base, 'share', name)).find(existsSync);
  const plugins = join(base, 'lib/mysql/plugin');
  return [
    `--basedir=${base}`,
    `--plugin-dir=${plugins}`,
    `--lc-messages-dir=${share}`,
    `--character-sets-dir=${share}/charsets`,
  ];
}

const reasonFor = ({ kind }: Release, { variable, names }: Source, error: Error): string =>
  `No ${kind} here: ${variable} is not set, no ${names[0]} on the PATH is one, and Debian's packages cannot be had (${error.message}).`;

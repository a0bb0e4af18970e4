/** Data folders of MySQL and MariaDB as they are after installation: `root`@`%` has no password yet. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.ts';
import type { ServerProgram } from './mysql-programs.ts';
import { complete, give } from './process.ts';

type Product = ServerProgram['product'];

/** Options of a server whose data are in `folder`: small, and the same whenever the data are used. */
export const storageIn = (folder: string, product: Product): readonly string[] => [
  `--datadir=${join(folder, 'data')}`,
  // In a shared one MariaDB removes the temporary tables of other servers when it starts.
  `--tmpdir=${folder}`,
  '--innodb-use-native-aio=OFF',
  ...OWN[product],
];

const OWN: Readonly<Record<Product, readonly string[]>> = {
  mysql: ['--innodb-redo-log-capacity=8M', '--secure-file-priv=NULL'],
  mariadb: ['--innodb-log-file-size=8M'],
};

/** Copies a new server's data to `path`. Making them takes seconds, so it is done once for each version. */
export async function copyInitialData(program: ServerProgram, path: string): Promise<void> {
  const { kind, version, product } = program;
  const name = `data-${kind}-${version}-${process.getuid?.() ?? 0}`;
  const made = await cached(name, async (folder) => {
    await give(folder);
    await INITIALISE[product](program, folder);
  });
  // With owners, modes and holes; Node.js copies none of them.
  await complete('cp', ['-a', join(made, 'data'), path]);
}

const INITIALISE: Readonly<Record<Product, (program: ServerProgram, folder: string) => Promise<void>>> = {
  mysql: initialiseMysql,
  mariadb: initialiseMariadb,
};

async function initialiseMysql({ command, product }: ServerProgram, folder: string): Promise<void> {
  const [program, ...args] = command;
  await complete(program, [...args, ...storageIn(folder, product), '--initialize-insecure']);
  // The server's identity; each copy makes its own.
  await rm(join(folder, 'data/auto.cnf'));
}

/** As `mariadb-install-db` does, which not every package of the server has. */
async function initialiseMariadb({ command, product, base }: ServerProgram, folder: string): Promise<void> {
  const [program, ...args] = command;
  const data = join(folder, 'data');
  await mkdir(data);
  await give(data);
  await complete(program, [...args, ...storageIn(folder, product), ...BOOTSTRAP], await systemTables(base));
}

const BOOTSTRAP = ['--bootstrap', '--log-warnings=0', '--enforce-storage-engine=', '--max-allowed-packet=8M'];

/** The server reads one statement a line, except in what its own files hold. */
async function systemTables(base: string): Promise<string> {
  const read = (name: string) => readFile(join(base, 'share', name), 'utf8');
  const prefix = PREFIXES.find((name) => existsSync(join(base, 'share', `${name}_system_tables.sql`)));
  if (prefix === undefined) throw new Error(`MariaDB's system tables are not in ${base}/share.`);
  const files = ['system_tables', 'performance_tables', 'system_tables_data'];
  const sql = await Promise.all(files.map((name) => read(`${prefix}_${name}.sql`)));
  return [
    'CREATE DATABASE IF NOT EXISTS mysql;',
    'USE mysql;',
    'SET @auth_root_socket = NULL;',
    ...sql,
    "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');",
    '',
  ].join('\n');
}

const PREFIXES = ['mariadb/mariadb', 'mysql/mariadb', 'mysql/mysql', 'mariadb', 'mysql'];

/** Who is measured. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from './function-process.ts';

export interface Contender {
  readonly name: 'Keyturn' | 'AWS template';
  /** Runs the function; `entry` is Keyturn's bundle. */
  command(entry: string): Command;
  /** Environment variables besides those of the stage, which every function gets. */
  env(stage: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
}

const runner = (file: string): string => join(import.meta.dirname, file);

export const keyturn: Contender = {
  name: 'Keyturn',
  command: (entry) => [process.execPath, runner('lambda.mjs'), entry],
  env: () => ({}),
};

/** Keyturn, saying how much of the bundle it has loaded. Slower. */
export const countingKeyturn: Contender = {
  ...keyturn,
  command: (entry) => [...keyturn.command(entry), '--count'],
};

export interface Template extends Contender {
  /** What it runs on, e.g. `Python 3.13.1, boto3 1.40.4`. */
  readonly platform: string;
}

/** @returns why there is none, when the environment names no copy of it or Python lacks what it needs. */
export async function awsTemplate(env: NodeJS.ProcessEnv): Promise<Template | { readonly missing: string }> {
  const file = env['KEYTURN_BENCH_AWS_TEMPLATE'] ?? '';
  if (file === '') return { missing: 'KEYTURN_BENCH_AWS_TEMPLATE is not set' };
  if (!existsSync(file)) return { missing: 'KEYTURN_BENCH_AWS_TEMPLATE names no file' };
  return templateAt(file, 'pgdb', env);
}

/** @param driver the module by which this template reaches its database */
export async function templateAt(
  file: string,
  driver: 'pgdb' | 'pymysql',
  env: NodeJS.ProcessEnv,
): Promise<Template | { readonly missing: string }> {
  const python = env['KEYTURN_BENCH_PYTHON'] ?? 'python3';
  const platform = await platformOf(python, driver, env);
  if (platform === undefined)
    return { missing: `${python} has no boto3, or no ${driver} (KEYTURN_BENCH_PYTHON)` };
  return {
    name: 'AWS template',
    platform,
    command: () => [python, runner('lambda.py'), file],
    env: (stage) => ({
      SECRETS_MANAGER_ENDPOINT: stage['AWS_ENDPOINT_URL_SECRETS_MANAGER'] ?? '',
      // Lambda sets both names; boto3 knows only this one.
      AWS_DEFAULT_REGION: stage['AWS_REGION'] ?? '',
      // The template's own setting; 16, its default, is that of MySQL 5.6.
      USERNAME_CHARACTER_LIMIT: '32',
      PATH: env['PATH'] ?? '',
      ...inherited(env, 'PYTHONPATH', 'LD_LIBRARY_PATH'),
    }),
  };
}

const inherited = (env: NodeJS.ProcessEnv, ...names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));

async function platformOf(
  python: string,
  driver: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const ask = `import platform, boto3, ${driver}; print(f"Python {platform.python_version()}, boto3 {boto3.__version__}")`;
  const answer = await promisify(execFile)(python, ['-c', ask], { env }).catch(() => undefined);
  return answer?.stdout.trim();
}

#!/usr/bin/env node
/** `npm run emulator`: an AWS account on this computer, with a database and a secret in it, to deploy to. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ACCOUNT, type Account, startAccount } from '../local/account/account.ts';
import { watchAlerts } from '../local/account/alert-queue.ts';
import { installMinistack } from '../local/account/ministack.ts';
import type { DatabaseOnStage } from '../local/rehearsal/cast.ts';
import { postgresOnStage } from '../local/rehearsal/postgres.ts';
import { furnish, steal, THIEF, thief } from '../local/rehearsal/theft.ts';
import { postgresMajors } from '../local/servers/postgres.ts';
import { alertLines } from './alert-lines.ts';

const SECRET = 'app/orders';
const PORT = 4566;

const HELP = `Usage: npm run emulator [-- options]

Runs an AWS account on this computer until Ctrl-C: MiniStack (fetched from PyPI once; needs python3) behind a gateway,
with a PostgreSQL server and its secret ${SECRET} in it. In another terminal, load ${envFile(PORT)}, and use the
commands that you would use on AWS. Rotations and alerts are told here.

  --steal         in the other terminal: list the secrets with a stolen key, and read each
  --port NUMBER   where it listens, on 127.0.0.1; ${PORT} without it
`;

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<void> {
  const { help, steal: stealing, ...values } = options(args);
  const port = Number(values.port ?? PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new UsageError('--port must be a number');
  if (help === true) process.stdout.write(HELP);
  else if (stealing === true) await steal(`http://127.0.0.1:${port}`);
  else await run(port);
}

function options(args: readonly string[]) {
  try {
    const known = {
      help: { type: 'boolean', short: 'h' },
      port: { type: 'string' },
      steal: { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...args], options: known }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

async function run(port: number): Promise<void> {
  const major = postgresMajors().installed.at(-1);
  if (major === undefined) throw new UsageError('there is no PostgreSQL for this machine');
  tell('Starting …');
  const missing = await installMinistack();
  if (missing !== undefined) throw new UsageError(missing);
  await using parts = new AsyncDisposableStack();
  const database = parts.use(await postgresOnStage(major));
  const functionEnv = { KEYTURN_TLS_CA_FILE: database.caFile };
  const account = parts.use(await startAccount({ port, functionEnv }).catch(explained));
  await prepare(database, account);
  const file = envFile(Number(new URL(account.endpoint).port));
  parts.defer(() => rm(file, { force: true }));
  await writeEnv(file, account);
  tell(`An AWS account is at ${account.endpoint}, and ${database.label} with the secret ${SECRET} in it.`);
  tell(`In another terminal: . ${file}\nCtrl-C ends it, and forgets all.\n`);
  account.rotations.onStep(({ step, phase, ms = 0, error }) => {
    if (phase !== 'started') tell(`  ${step.padEnd(14)}${error ?? `✔ ${Math.round(ms)} ms`}`);
  });
  const alerts = parts.use(
    watchAlerts(account.settings, (alert) => tell(`\n${alertLines(alert).join('\n')}\n`)),
  );
  await Promise.race([interrupted(), alerts.failed]);
}

async function prepare(database: DatabaseOnStage, account: Account): Promise<void> {
  const [cast] = database.casts;
  const prepared = await cast?.prepare(database, 'orders');
  const { engine, host, port } = database;
  const SecretString = JSON.stringify({ engine, host, port, ...prepared?.secret });
  const client = new SecretsManagerClient(account.settings);
  await client.send(new CreateSecretCommand({ Name: SECRET, SecretString }));
  client.destroy();
  await furnish(account.endpoint, account.settings.credentials);
  account.callers.set(THIEF, thief(ACCOUNT));
}

function envFile(port: number): string {
  const name = port === PORT ? 'emulator.env' : `emulator-${port}.env`;
  return relative(process.cwd(), resolve(import.meta.dirname, '../.cache', name));
}

/** A profile would have the first word over keys. */
async function writeEnv(file: string, { env }: Account): Promise<void> {
  await mkdir(resolve(file, '..'), { recursive: true });
  const lines = Object.entries(env).map(([name, value]) => `export ${name}=${value}`);
  await writeFile(file, ['unset AWS_PROFILE AWS_SESSION_TOKEN', ...lines, ''].join('\n'));
}

function explained(error: unknown): never {
  const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number };
  if (code === 'EADDRINUSE') throw new UsageError(`port ${port} is in use: add --port NUMBER`);
  throw error;
}

const interrupted = () =>
  new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });

const tell = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

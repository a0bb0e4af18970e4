/** `npm run rehearse`: the whole thing on a laptop, with no AWS account. */
import { parseArgs } from 'node:util';
import {
  type AuditOnStage,
  isAuditAsPromised,
  type RehearsedAudit,
  startAudit,
} from '../local/rehearsal/audit.ts';
import type { Cast, DatabaseOnStage } from '../local/rehearsal/cast.ts';
import { isAsPromised, type RehearsedRotation, rehearse } from '../local/rehearsal/rehearse.ts';
import {
  ENGINES,
  type MissingServer,
  newestOf,
  type StagedServer,
  stagedServers,
} from '../local/rehearsal/servers.ts';
import { endWithOutput, jsonLine } from './output.ts';
import { rehearsalScreen, type Screen, silentScreen } from './rehearsal-screen.ts';

const HELP = `Usage: npm run rehearse [-- options]

Rotates secrets of private database servers by every strategy, while an application uses them and the audit
watches. Then it stages a theft of secrets, which the audit must tell.
Nothing is left running or on disk, and no AWS account is used.

  --json              print one JSON document and nothing else (with npm run -s)
  --engine NAME       only this engine: postgres, mysql, mariadb, redshift
  --strategy NAME     only this strategy: single-user, alternating-users, dual-password
  --help              print this text
`;

interface Report {
  readonly rotations: readonly RehearsedRotation[];
  readonly skipped: readonly MissingServer[];
  readonly audit: RehearsedAudit;
  readonly ok: boolean;
}

const STRATEGIES = ['single-user', 'alternating-users', 'dual-password'] as const;

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const report = await rehearseAll(options, options.json ? silentScreen() : rehearsalScreen(process.stdout));
  if (options.json) process.stdout.write(jsonLine(report));
  return report.ok ? 0 : 1;
}

function readOptions(args: readonly string[]) {
  const { values } = parse(args);
  oneOf('--engine', values.engine, ENGINES);
  oneOf('--strategy', values.strategy, STRATEGIES);
  return { json: values.json === true, help: values.help === true, ...values };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        engine: { type: 'string' },
        strategy: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

function oneOf(option: string, value: string | undefined, known: readonly string[]): void {
  if (value !== undefined && !known.includes(value))
    throw new UsageError(`${option} must be ${known.join(' or ')}, not '${value}'`);
}

interface Wanted {
  readonly engine?: string | undefined;
  readonly strategy?: string | undefined;
}

async function rehearseAll(wanted: Wanted, screen: Screen): Promise<Report> {
  screen.starting();
  const engines = ENGINES.filter((engine) => (wanted.engine ?? engine) === engine);
  const { servers, missing } = await stagedServers(engines);
  const chosen = newestOf(servers);
  // An older release that is missing is not missed.
  const skipped = missing.filter(({ what }) => !chosen.some(({ engine }) => what.startsWith(`${engine}-`)));
  screen.skipped(skipped);
  await using audit = await startAudit();
  const rotations: RehearsedRotation[] = [];
  for (const server of chosen) rotations.push(...(await rehearseOn(server, wanted, screen, audit)));
  const { report, alert } = await audit.end();
  screen.audited(report, alert);
  const ok = rotations.length > 0 && rotations.every(isAsPromised) && isAuditAsPromised(report);
  screen.finished(ok);
  return { rotations, skipped, audit: report, ok };
}

async function rehearseOn(
  server: StagedServer,
  { strategy: wanted }: Wanted,
  screen: Screen,
  audit: AuditOnStage,
): Promise<RehearsedRotation[]> {
  const casts = server.casts.filter(({ strategy }) => (wanted ?? strategy) === strategy);
  if (casts.length === 0) return [];
  screen.starting();
  await using database = await server.start();
  screen.started(database);
  const rotations: RehearsedRotation[] = [];
  for (const [index, cast] of casts.entries())
    rotations.push(await one(database, cast, `r${index + 1}`, screen, audit));
  return rotations;
}

async function one(
  database: DatabaseOnStage,
  cast: Cast,
  tag: string,
  screen: Screen,
  audit: AuditOnStage,
): Promise<RehearsedRotation> {
  screen.rotating(cast);
  const rehearsed = await rehearse(database, cast, tag, screen, audit.bus);
  await audit.rotated();
  screen.rotated(rehearsed, isAsPromised(rehearsed.row));
  return rehearsed.row;
}

// Servers and folders are cleaned up on exit, which a signal would otherwise skip.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

endWithOutput('rehearse');
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof UsageError;
  const text = usage ? `${error.message}.\nTry: npm run rehearse -- --help` : String((error as Error).stack);
  process.stderr.write(`rehearse: ${text}\n`);
  process.exitCode = usage ? 2 : 1;
}

/** The `keyturn` command: the detectors without a deployment, and a deployment's memory. */
import { parseArgs } from 'node:util';
import { nearest } from '../scripts/nearest.ts';
import { Mistake } from './attaching/mistake.ts';
import { printable } from './attaching/screen.ts';
import { HistoryError, historyFiles } from './history-files.ts';
import { endWithOutput, jsonLine } from './output.ts';
import { progressOver, replay } from './replay.ts';
import { progressBar, replayText } from './replay-screen.ts';
import { simulate, simulated } from './simulate.ts';

const HELP = `Usage: npx keyturn COMMAND [options]

  replay PATH…          tell what the detectors find in a history of CloudTrail
    --learn PATH        a history from before, for what is usual; may be repeated
    --json              print one JSON document and nothing else
  learn PATH… --table NAME
                        seed the memory of a deployment (a DynamoDB table) with a history
  simulate DETECTOR     print events that the detector finds, as of now, to try a deployment with
    --account NUMBER --region NAME --role NAME --secret NAME
                        the names to put in

PATH is a file of CloudTrail records, of any name, or a folder: of that, all files .json, .jsonl and .ndjson are
read, also with .gz, in any order. docs/audit.md says what forms are understood, docs/detectors.md what is found.
`;

class UsageError extends Error {}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  learn: { type: 'string', multiple: true },
  table: { type: 'string' },
  account: { type: 'string' },
  region: { type: 'string' },
  role: { type: 'string' },
  secret: { type: 'string' },
} as const;

/** Which options a command takes. */
const COMMANDS = {
  replay: ['json', 'learn'],
  learn: ['table'],
  simulate: ['account', 'region', 'role', 'secret'],
} as const;

type Command = keyof typeof COMMANDS;
type Values = ReturnType<typeof parsed>['values'];

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parsed(args);
  const [command, ...paths] = positionals;
  if (values.help === true || command === undefined) {
    process.stdout.write(HELP);
    return;
  }
  if (!isCommand(command))
    throw new UsageError(`there is no command '${command}'${meant(command, Object.keys(COMMANDS))}`);
  const foreign = Object.keys(values).find(
    (name) => !(COMMANDS[command] as readonly string[]).includes(name),
  );
  if (foreign !== undefined) throw new UsageError(`${command} takes no --${foreign}`);
  if (paths.length === 0)
    throw new UsageError(`${command} needs ${command === 'simulate' ? 'the name of a detector' : 'a path'}`);
  await { replay: runReplay, learn: runLearn, simulate: runSimulate }[command](paths, values);
}

/** What was meant, or else all that there is. */
function meant(typed: string, names: readonly string[]): string {
  const name = nearest(typed, names);
  return name === undefined ? `: ${names.join(', ')}` : `; '${name}' is one`;
}

const isCommand = (name: string): name is Command => Object.hasOwn(COMMANDS, name);

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

async function runReplay(paths: readonly string[], { json, learn = [] }: Values): Promise<void> {
  const [files, before] = [await historyFiles(paths), await historyFiles(learn)];
  const replayed = await replay({ files, learn: before, progress: progressBar(process.stderr) });
  process.stdout.write(json === true ? jsonLine(replayed.report) : replayText(replayed, process.stdout));
}

async function runLearn(paths: readonly string[], { table }: Values): Promise<void> {
  if (table === undefined || table === '') throw new UsageError('learn needs --table NAME');
  const files = await historyFiles(paths);
  // A replay has better things to do with its memory than to hold AWS's SDK.
  const { learn } = await import('./learn.ts');
  const learned = await learn(files, table, progressOver(files, progressBar(process.stderr)));
  process.stdout.write(`Learned from ${learned} events into ${table}.\n`);
}

function runSimulate(
  [detector = '', ...more]: readonly string[],
  { account, region, role, secret }: Values,
): Promise<void> {
  if (more.length > 0) throw new UsageError('simulate takes one detector');
  if (!simulated().includes(detector))
    throw new UsageError(`there is no detector '${detector}'${meant(detector, simulated())}`);
  for (const [name, value] of Object.entries({ account, region, role, secret })) checkName(name, value);
  process.stdout.write(jsonLine(simulate(detector, { account, region, role, secret }, Date.now())));
  return Promise.resolve();
}

/** As AWS has them. An ARN is taken for no name: the example's is around it. */
const NAMES: Readonly<Record<string, readonly [RegExp, string]>> = {
  account: [/^\d{12}$/, 'twelve digits'],
  region: [/^[a-z]{2}(-[a-z]+)+-\d+$/, 'the name of a Region, such as eu-central-1'],
  role: [/^[\w+=,.@-]{1,64}$/, 'the name of a role, without its path and its ARN'],
  secret: [/^[\w/+=.@-]{1,512}$/, 'the name of a secret, without its ARN'],
};

function checkName(name: string, value: string | undefined): void {
  const [form, says] = NAMES[name] ?? [/^/, ''];
  if (value !== undefined && !form.test(value)) throw new UsageError(`--${name} must be ${says}`);
}

endWithOutput('keyturn');
try {
  await main(process.argv.slice(2));
} catch (error) {
  const ours = error instanceof UsageError || error instanceof HistoryError || error instanceof Mistake;
  if (!ours) throw error;
  const hint = error instanceof UsageError ? '\nnpx keyturn --help says more.' : '';
  process.stderr.write(`keyturn: ${printable(error.message)}.${hint}\n`);
  process.exitCode = 2;
}

#!/usr/bin/env node
/** `npm run inventory`: which secrets would be refused, and why. It changes nothing, and reads no value. */
import { parseArgs, styleText } from 'node:util';
import {
  type Inventory,
  type InventoryEntry,
  type Reason,
  takeInventory,
  UNSEEN,
} from './attaching/inventory.ts';
import { Mistake } from './attaching/mistake.ts';
import { printable } from './attaching/screen.ts';
import { endWithOutput, jsonLine } from './output.ts';

const HELP = `Usage: npm run inventory [-- options]

Tells of every secret whether its rotation would be refused, and why. Exit status 1 when one would be.

  --tag           also of secrets that are not attached: each is tagged (keyturn:function) while it is looked at
  --prefix TEXT   only secrets whose names begin so
  --stage NAME    which deployment; dev without it
  --region NAME   where AWS_REGION or the profile does not say
  --json          print one JSON document and nothing else (with npm run -s)
  --help          print this text
`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  tag: { type: 'boolean', default: false },
  prefix: { type: 'string' },
  stage: { type: 'string', default: 'dev' },
  region: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<number> {
  const values = parsed(args);
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const { stage, region, prefix, tag, json } = values;
  const inventory = await takeInventory({ stage, region, prefix, tag });
  process.stdout.write(json ? jsonLine(inventory) : textOf(inventory));
  return inventory.secrets.some(({ verdict }) => verdict === 'refused') ? 1 : 0;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

const VERDICTS = ['refused', 'ready', 'unseen'] as const;
const COLOURS = { refused: 'red', ready: 'green', unseen: 'dim' } as const;

function textOf({ region, secrets }: Inventory): string {
  const of = (wanted: InventoryEntry['verdict']) => secrets.filter(({ verdict }) => verdict === wanted);
  const counts = VERDICTS.map((verdict) => `${of(verdict).length} ${verdict}`).join(', ');
  const lines = VERDICTS.flatMap((verdict) => of(verdict).flatMap(linesOf));
  const hidden = secrets.some(({ reasons }) => isUnseen(reasons)) ? reasonLines([UNSEEN]) : [];
  const total = secrets.length === 1 ? '1 secret' : `${secrets.length} secrets`;
  return [`${total} in ${region}: ${counts}.`, ...lines, ...hidden, ''].join('\n');
}

/** One reason for very many secrets is told once. */
const isUnseen = ([first]: readonly Reason[]): boolean => first?.says === UNSEEN.says;

function linesOf({ name, verdict, attached, reasons }: InventoryEntry): string[] {
  const sign = styleText(COLOURS[verdict], verdict.padEnd(8), { stream: process.stdout });
  return [
    `\n${sign} ${printable(name)}${attached ? ' (attached)' : ''}`,
    ...(isUnseen(reasons) ? [] : reasonLines(reasons)),
  ];
}

const reasonLines = (reasons: readonly Reason[]): string[] =>
  reasons.flatMap(({ check, says, fix }) => [
    `  ${check}: ${printable(says)}`,
    ...(fix === null ? [] : [`  Fix: ${printable(fix)}`]),
  ]);

endWithOutput('inventory');
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof Mistake)) throw error;
  const hint = error instanceof UsageError ? '\nTry: npm run inventory -- --help' : '';
  process.stderr.write(`inventory: ${error.message}.${hint}\n`);
  process.exitCode = 2;
}

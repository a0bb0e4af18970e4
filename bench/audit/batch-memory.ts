import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseDocument } from 'yaml';
import { bundle } from '../../scripts/bundle.ts';
import { median } from '../figures.ts';
import { dayAfter } from './company-day.ts';

const MESSAGES = 10_000;
/** One differs from the next by a tenth: when V8 collects, and compiles, is its own affair. */
const RUNS = 5;

/**
 * @returns bytes: the most that a process held which judged 10,000 messages at once, bundled as Lambda has it; the
 * median of some such processes.
 */
export async function batchMemory(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-bench-'));
  try {
    const entries = [join(import.meta.dirname, 'batch-run.ts')];
    await bundle({ entries, outFolder: folder });
    const messages = join(folder, 'messages.jsonl');
    writeFileSync(messages, dayAfter(0).slice(0, MESSAGES).join('\n'));
    const script = join(folder, 'batch-run', 'index.mjs');
    const env = { ...process.env, NODE_OPTIONS: await deployedOptions() };
    const held: number[] = [];
    for (let run = 0; run < RUNS; run++)
      held.push(Number((await promisify(execFile)(process.execPath, [script, messages], { env })).stdout));
    return median(held) ?? Number.NaN;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of Node.js, as the audit function is deployed with them. */
async function deployedOptions(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../serverless.yml'), 'utf8');
  const options = parseDocument(text, { logLevel: 'error' }).getIn([
    'functions',
    'audit',
    'environment',
    'NODE_OPTIONS',
  ]);
  return String(options);
}

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../../scripts/bundle.ts';
import { dayAfter } from './company-day.ts';

const MESSAGES = 10_000;

/** @returns bytes: the most that a process held which judged 10,000 messages at once; bundled, as Lambda has it. */
export async function batchMemory(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-bench-'));
  try {
    const entries = [join(import.meta.dirname, 'batch-run.ts')];
    await bundle({ entries, outFolder: folder });
    const messages = join(folder, 'messages.jsonl');
    writeFileSync(messages, dayAfter(0).slice(0, MESSAGES).join('\n'));
    const script = join(folder, 'batch-run', 'index.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--max-semi-space-size=8',
      script,
      messages,
    ]);
    return Number(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A history may be far larger than the memory that reads it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { company } from '../../local/company/company.ts';

const KEYTURN = resolve(import.meta.dirname, '../../cli/keyturn.js');
/** Of V8's heap, in megabytes: far less than the history. */
const HEAP = 64;

const folder = mkdtempSync(join(tmpdir(), 'keyturn-history-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a history of some 120 MB is replayed in a heap of half of that', async () => {
  const works = company({ seed: 3, services: 25, people: 10, busy: 6 });
  let [records, bytes] = [0, 0];
  for (let day = 0; day < 9; day++) {
    const ofDay = works.day(day);
    // CloudTrail delivers a file every few minutes.
    for (let at = 0; at < ofDay.length; at += 500) {
      const text = JSON.stringify({ Records: ofDay.slice(at, at + 500) });
      bytes += text.length;
      writeFileSync(
        join(folder, `${day}-${String(at).padStart(6, '0')}.json.gz`),
        gzipSync(text, { level: 1 }),
      );
    }
    records += ofDay.length;
  }
  expect(bytes).toBeGreaterThan(1.8 * HEAP * 2 ** 20);
  const flags = ['--max-semi-space-size=4', `--max-old-space-size=${HEAP}`];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, KEYTURN, 'replay', folder, '--json'],
    { maxBuffer: 64 * 2 ** 20 },
  );
  expect(JSON.parse(stdout)).toMatchObject({ records, relevant: records, malformed: 0, duplicates: 0 });
}, 180_000);

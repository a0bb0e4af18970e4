import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Figure } from '../../bench/figures.ts';
import type { Report } from '../../bench/report.ts';

const RUN = resolve(import.meta.dirname, '../../bench/run.ts');

test('the benchmark measures everything, alone, as one JSON document', async () => {
  const env = { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] };
  const { stdout } = await promisify(execFile)(process.execPath, [RUN, '--runs', '1', '--json'], { env });
  const report: Report = JSON.parse(stdout);
  expect(report.template).toEqual({ supplied: false, reason: 'KEYTURN_BENCH_AWS_TEMPLATE is not set' });

  const values = new Map([...report.figures, ...report.sizes].map(({ what, keyturn }) => [what, keyturn]));
  const value = (what: string): number => values.get(what) ?? Number.NaN;
  expect(value('first answer of Secrets Manager')).toBeGreaterThan(10);
  expect(value('createSecret done')).toBeGreaterThan(value('first answer of Secrets Manager'));
  expect(value('rotation done')).toBeGreaterThan(value('createSecret done'));
  expect(value('bundle, loaded by the first answer')).toBeLessThan(value('bundle, all files'));
  expect(value('zip, with the CA bundle')).toBeGreaterThan(100);

  // What does not depend on the machine holds on every one.
  const aims = [...report.figures, ...report.sizes].filter(({ aim, unit }: Figure) => aim && unit !== 'ms');
  const missed = aims.filter(({ what, met }) => met === false && what !== 'peak memory');
  expect(missed.map(({ what, keyturn }) => `${what}: ${keyturn}`)).toEqual([]);
  for (const { name, logins, failedLogins, totalMs } of report.strategies) {
    expect([name, failedLogins]).toEqual([name, 0]);
    expect(logins).toBeLessThanOrEqual(4);
    expect(totalMs).toBeGreaterThan(10);
  }
});

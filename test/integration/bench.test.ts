import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Figure } from '../../bench/figures.ts';
import type { Report } from '../../bench/report.ts';
import { stagedServers } from '../../local/rehearsal/servers.ts';

const RUN = resolve(import.meta.dirname, '../../bench/run.ts');

const { servers, missing } = await stagedServers(['mysql', 'redshift']);
for (const { what, reason } of missing) test.skip(`the benchmark of ${what}: ${reason}`, () => {});
const ENGINES = ['postgres', ...new Set(servers.map(({ engine }) => engine))];

test.each(ENGINES)(
  'the benchmark measures everything, alone, as one JSON document: %s',
  async (engine) => {
    const env = { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] };
    const args = [RUN, '--engine', engine, '--runs', '1', '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    const report: Report = JSON.parse(stdout);
    expect(report.template.supplied).toBe(false);

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
    for (const { strategy, name, logins, failedLogins, totalMs } of report.strategies) {
      expect(totalMs).toBeGreaterThan(10);
      // The gateway counts none. A pair of MySQL also asks the live user for its rights; dual-password tries AWSPENDING.
      if (engine === 'redshift') continue;
      expect([name, failedLogins]).toEqual([name, strategy === 'dual-password' ? 1 : 0]);
      expect(logins).toBeLessThanOrEqual(engine === 'mysql' && strategy === 'alternating-users' ? 5 : 4);
    }

    const calls = report.audit.filter(({ what }) => what.startsWith('DynamoDB calls'));
    expect(calls.map(({ met }) => met)).toEqual(engine === 'postgres' ? [true, true] : []);
    // The audit learns from half a million records first.
  },
  400_000,
);

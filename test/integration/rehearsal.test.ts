/** The main job, as a stranger runs it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newestOf, stagedServers } from '../../local/rehearsal/servers.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** All temporary folders of the command are made in here. The server may run as another user. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-test-'));
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const command = (args: readonly string[]) =>
  [
    process.execPath,
    ['cli/rehearse.ts', ...args],
    { cwd: ROOT, env: { ...process.env, TMPDIR: folder } },
  ] as const;

const rehearse = (...args: string[]) =>
  promisify(execFile)(...command(args)).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );

const found = await stagedServers();
const servers = newestOf(found.servers);
const missing = found.missing.filter(
  ({ what }) => !servers.some(({ engine }) => what.startsWith(`${engine}-`)),
);

describe('npm run rehearse', () => {
  it('--json prints one document in the agreed shape, and nothing else', { timeout: 300_000 }, async () => {
    const { code, stdout, stderr } = await rehearse('--json');
    const report = JSON.parse(stdout);
    expect([code, stderr]).toEqual([0, '']);
    expect(Object.keys(report)).toEqual(['rotations', 'skipped', 'audit', 'ok']);
    expect(report).toMatchObject({ skipped: missing, ok: true });
    expect(report.audit).toEqual({
      records: expect.any(Number),
      alertsDuringRotation: 0,
      theft: { severity: 'high', detectors: expect.arrayContaining(['list-then-read']), secrets: 6 },
    });
    expect(report.audit.records).toBeGreaterThan(100);
    const kinds = report.rotations.map((row: { engine: string; strategy: string; form: string | null }) => [
      row.engine,
      row.strategy,
      row.form,
    ]);
    expect(kinds).toEqual(
      servers.flatMap(({ engine, casts }) => casts.map(({ strategy, form }) => [engine, strategy, form])),
    );
    for (const row of report.rotations) {
      const single = row.strategy === 'single-user';
      expect(row).toEqual({
        engine: row.engine,
        server: expect.stringMatching(
          /^((Redshift gateway over )?PostgreSQL \d+|(MySQL|MariaDB) \d+\.\d+)\.\d+$/,
        ),
        strategy: row.strategy,
        form: row.form,
        outcome: 'succeeded',
        totalMs: expect.any(Number),
        steps: {
          createSecret: expect.any(Number),
          setSecret: expect.any(Number),
          testSecret: expect.any(Number),
          finishSecret: expect.any(Number),
        },
        apiCalls: expect.any(Number),
        logins: expect.any(Number),
        failedLogins: row.strategy === 'dual-password' ? 1 : 0,
        currentPassword: 'accepted',
        previousPassword: single ? 'rejected' : 'accepted',
        failedQueries: single ? expect.any(Number) : 0,
        queries: expect.any(Number),
      });
      // Elsewhere a standby is created by a statement of its own, and its rights are told by the live user itself.
      const more = row.engine !== 'postgres' && row.strategy === 'alternating-users' ? 1 : 0;
      expect(row.apiCalls).toBeLessThanOrEqual(16 + more);
      expect(row.logins).toBeLessThanOrEqual(4 + more);
      expect(row.queries).toBeGreaterThan(0);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('shows a person each step in plain lines when it is not a terminal', async () => {
    const { code, stdout } = await rehearse('--engine', 'postgres', '--strategy', 'single-user');
    expect(code).toBe(0);
    for (const text of ['createSecret', 'setSecret', 'testSecret', 'finishSecret', 'As promised.'])
      expect(stdout).toContain(text);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('alternating-users');
  });

  it.each(['SIGINT', 'SIGKILL'] as const)('leaves nothing behind when it ends by %s', async (signal) => {
    const child = spawn(...command(['--engine', 'postgres']));
    await once(child.stdout, 'data');
    const [server] = await readdir(folder);
    const [pid] = (await readFile(join(folder, server ?? '', 'data', 'postmaster.pid'), 'utf8')).split('\n');
    child.kill(signal);
    await once(child, 'close');
    await expect.poll(() => readdir(folder), { timeout: 10_000 }).toEqual([]);
    // Empty for a process that has ended but that nobody has waited for.
    const running = () => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    await expect.poll(running).toBe('');
  });

  it.each([
    [['--jsn'], "Unknown option '--jsn'"],
    [['--strategy', 'magic'], '--strategy must be single-user or alternating-users or dual-password'],
    [['--engine', 'oracle'], '--engine must be postgres or mysql or mariadb or redshift'],
    [['now'], "Unexpected argument 'now'"],
  ])('%j is a usage error that says what is wrong', async (args, message) => {
    const { code, stdout, stderr } = await rehearse(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain('--help');
  });
});

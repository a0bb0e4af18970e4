/**
 * The archives of `serverless package` as Lambda runs them: unzipped, alone, under AWS's own runtime interface client,
 * which gets its events from a Runtime API of ours.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startAuditPipeline } from '../../local/audit/pipeline.ts';
import { type FunctionOptions, type LambdaFunction, startFunction } from '../../local/lambda/function.ts';
import { processes } from '../../local/lambda/process.ts';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { startScene } from '../../local/rehearsal/scene.ts';
import { newestOf, stagedServers } from '../../local/rehearsal/servers.ts';
import { REGION } from '../../local/rehearsal/stage.ts';
import { stageTheft } from '../../local/rehearsal/theft.ts';
import { packaged } from '../support/package.ts';
import { installRuntimeClient, RUNTIME_CLIENT } from '../support/runtime-client.ts';
import { unzip } from '../support/zip.ts';

// Commands of serverless, and emulators, take seconds; and a minute where many tests run.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** The bundle's folder, and the archive of the function in serverless.yml. */
const ARCHIVES = {
  'rotate-postgres': 'rotatePostgres.zip',
  'rotate-mysql': 'rotateMysql.zip',
  'rotate-redshift': 'rotateRedshift.zip',
  audit: 'audit.zip',
} as const;

const noClient = await installRuntimeClient();
const { servers, missing } = await stagedServers();
for (const { what, reason } of missing) test.skip(`the archive on ${what}: ${reason}`);

let root: string;
beforeAll(async () => {
  if (noClient !== undefined) return;
  root = await mkdtemp(join(tmpdir(), 'keyturn-zips-'));
  await packaged({}, (folder) =>
    Promise.all(
      Object.entries(ARCHIVES).map(([name, archive]) => unzip(join(folder, archive), join(root, name))),
    ),
  );
});
afterAll(async () => {
  if (root !== undefined) await rm(root, { recursive: true });
});

/** As `startFunction`, from the archive in place of `dist/`. */
function startArchive(options: FunctionOptions): LambdaFunction {
  const name = basename(dirname(options.entry));
  const taskRoot = join(root, name);
  const entry = join(taskRoot, 'dist', name, 'index.mjs');
  return startFunction({
    ...options,
    entry,
    environment: processes({ runtimeClient: RUNTIME_CLIENT, taskRoot }),
  });
}

async function startAny(): Promise<DatabaseOnStage> {
  const [server] = newestOf(servers);
  if (server === undefined) throw new Error('There is no database server here.');
  return server.start();
}

describe.skipIf(noClient !== undefined)(`the archive${noClient === undefined ? '' : `: ${noClient}`}`, () => {
  test.each(newestOf(servers))('rotates on $name', async ({ start }) => {
    await using database = await start();
    const [{ name } = { name: '' }] = database.casts.filter(({ strategy }) => strategy === 'single-user');
    await using scene = await startScene(database, name, { start: startArchive });
    const before = scene.login('AWSCURRENT');
    expect(await scene.run(scene.begin())).toBeUndefined();
    expect(scene.login('AWSCURRENT').password).not.toBe(before.password);
    expect(scene.login('AWSPREVIOUS')).toMatchObject(before);
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });

  test('a thrown error has the shape of the Node.js runtime: type, text and a trace', async () => {
    await using database = await startAny();
    await using scene = await startScene(database, 'own password', { start: startArchive });
    scene.edit((fields) => ({ ...fields, host: '' }));
    const versionId = scene.begin();
    const event = { Step: 'createSecret', SecretId: scene.secret.arn, ClientRequestToken: versionId };
    const result = await scene.stage.function.invoke(event);
    expect(result).toMatchObject({
      ok: false,
      errorType: 'SECRET_INVALID',
      errorMessage: expect.stringContaining('host'),
      trace: expect.arrayContaining([
        expect.stringMatching(/^SECRET_INVALID: /),
        expect.stringMatching(/^ +at /),
      ]),
    });
    expect(JSON.stringify(result)).not.toContain(scene.login('AWSCURRENT').password);
  });

  test('a time-out ends the process; the next one takes the rotation to its end', async () => {
    await using database = await startAny();
    let silent = true;
    let patient: LambdaFunction | undefined;
    await using scene = await startScene(database, 'own password', {
      start: (options) => {
        patient = startArchive(options);
        return startArchive({ ...options, timeoutMs: 2_000 });
      },
      intercept: ({ action }, respond) =>
        silent && action === 'PutSecretValue' ? Promise.resolve('withhold') : respond(),
    });
    const versionId = scene.begin();
    expect(await scene.run(versionId)).toBe('Sandbox.Timedout');
    expect(scene.lastError).toMatch(/Task timed out after 2\.00 seconds$/);
    silent = false;
    for (const Step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'])
      expect(
        await patient?.invoke({ Step, SecretId: scene.secret.arn, ClientRequestToken: versionId }),
      ).toMatchObject({ ok: true });
    await patient?.close();
    expect(scene.secret.labels.get('AWSCURRENT')).toBe(versionId);
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });

  test('the audit judges a batch, and sends the alert', async () => {
    await using pipeline = await startAuditPipeline(REGION, {}, startArchive);
    const [alert, ...more] = await pipeline.judge(await stageTheft());
    expect(more).toEqual([]);
    expect(alert?.principal.key).toMatch(/:user\/backup-job$/);
  });
});

/** The login that docs/applications.md shows, run as it stands there while its secret is rotated. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { postgresOnStage } from '../../local/rehearsal/postgres.ts';
import { type Scene, startScene } from '../../local/rehearsal/scene.ts';
import { REGION } from '../../local/rehearsal/stage.ts';
import { postgresMajors } from '../../local/servers/postgres.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Below node_modules, so that what it imports is found. */
const FOLDER = join(ROOT, 'node_modules/.cache', `applications-${process.pid}`);

interface Shown {
  connect(
    secretId: string,
    tls: object,
  ): Promise<{ query(sql: string): Promise<unknown>; end(): Promise<void> }>;
}

async function shown(endpoint: string): Promise<Shown> {
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'APPLICATION');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'rehearsal');
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', endpoint);
  const page = await readFile(join(ROOT, 'docs/applications.md'), 'utf8');
  const file = join(FOLDER, `${new URL(endpoint).port}.mjs`);
  await writeFile(file, /```js\n(.*?)```/s.exec(page)?.[1] ?? '');
  return await import(file);
}

/** Connects over and over until `work` is done. @returns how often it did */
async function meanwhile(scene: Scene, tls: object, work: () => Promise<void>): Promise<number> {
  const { connect } = await shown(scene.stage.secrets.endpoint);
  let connections = 0;
  let done = false;
  const application = async () => {
    while (!done) {
      const client = await connect(scene.secret.arn, tls);
      await client.query('SELECT 1');
      await client.end();
      connections += 1;
    }
  };
  await Promise.all([application(), work().finally(() => (done = true))]);
  return connections;
}

const major = postgresMajors().installed.at(-1);

describe.skipIf(major === undefined)(`an application, PostgreSQL ${major ?? '(no server here)'}`, () => {
  let database: DatabaseOnStage;
  beforeAll(async () => {
    await mkdir(FOLDER, { recursive: true });
    database = await postgresOnStage(major ?? 18);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await rm(FOLDER, { recursive: true, force: true });
    await database[Symbol.asyncDispose]();
  });

  it.each(['own password', 'base and clone'])('that logs in as shown never fails (%s)', async (cast) => {
    await using scene = await startScene(database, cast);
    const tls = { ca: await readFile(database.caFile, 'utf8') };
    const connections = await meanwhile(scene, tls, async () => {
      for (let rotation = 0; rotation < 3; rotation++) expect(await scene.run(scene.begin())).toBeUndefined();
    });
    expect(connections).toBeGreaterThan(0);
  });
});

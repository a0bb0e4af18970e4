import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { startFunction } from '../../local/lambda/function.ts';
import { type Bundle, bundle } from '../../scripts/bundle.ts';
import { freePortOf } from '../support/listen.ts';

const probe = join(import.meta.dirname, '../support/lambda-client.ts');
let outFolder: string;
let made: Bundle;

beforeAll(async () => {
  outFolder = await mkdtemp(join(tmpdir(), 'keyturn-bundle-'));
  [made] = (await bundle({ entries: [probe], outFolder })) as [Bundle];
  return () => rm(outFolder, { recursive: true });
});

async function contents(): Promise<Map<string, string>> {
  const folder = join(outFolder, made.name);
  const names = (await readdir(folder)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

test('the folder holds the entry and its chunks, and the sizes are theirs', async () => {
  const files = await contents();
  expect(made.entry).toBe(join(outFolder, 'lambda-client/index.mjs'));
  expect([...files.keys()].filter((name) => !/^(index|chunk-\w+)\.mjs$/.test(name))).toEqual([]);
  const sizes = await Promise.all(
    [...files.keys()].map((name) => stat(join(outFolder, 'lambda-client', name))),
  );
  expect(made.totalBytes).toBe(sizes.reduce((sum, { size }) => sum + size, 0));
  expect(made.startBytes).toBeGreaterThan(100_000);
  expect(made.startBytes).toBeLessThan(made.totalBytes);
});

test('the same source gives the same files, and older ones go', async () => {
  const before = await contents();
  await writeFile(join(outFolder, 'lambda-client/chunk-STALE.mjs'), '');
  await bundle({ entries: [probe], outFolder });
  expect(await contents()).toEqual(before);
});

test('it needs no node_modules, reaches the SDK’s server, and holds the driver', async () => {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ SecretString: 'text' }));
  });
  const port = await freePortOf(server);
  onTestFinished(() => void server.close());
  const lambda = startFunction({ entry: made.entry, env: { ENDPOINT: `http://127.0.0.1:${port}` } });
  onTestFinished(() => lambda.close());
  expect(await lambda.invoke('name')).toMatchObject({
    ok: true,
    value: { text: 'text', driver: 'ECONNREFUSED' },
  });
  expect(lambda.output()).toContain('"message":"asked"');
});

/** Lists what Node.js loaded of itself to import `module`. */
async function builtinsLoadedBy(module: string): Promise<string> {
  const script = 'await import(process.argv[1]); console.log(process.moduleLoadList.join())';
  const args = ['--input-type=module', '-e', script, module];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ENDPOINT: 'http://127.0.0.1:1' },
  });
  return stdout;
}

test('a cold start does not load undici, which a plain import of node:http does', async () => {
  expect(await builtinsLoadedBy(made.entry)).not.toContain('undici');
  expect(await builtinsLoadedBy('node:http')).toContain('undici');
});

test('a source that does not compile is refused', async () => {
  const broken = join(outFolder, 'broken.ts');
  await writeFile(broken, "import './nowhere.ts';");
  await expect(bundle({ entries: [broken], outFolder })).rejects.toThrow('nowhere.ts');
});

test('what is left out of the driver says so when it is called', async () => {
  const entry = join(outFolder, 'driver.ts');
  const driver = createRequire(import.meta.url).resolve('pg');
  await writeFile(entry, `export { default as pg } from ${JSON.stringify(driver)};`);
  const [{ entry: file }] = (await bundle({ entries: [entry], outFolder })) as [Bundle];
  const { pg } = (await import(file)) as { pg: typeof import('pg') };
  expect(new pg.Client({ host: 'db.test' }).host).toBe('db.test');
  expect(() => new pg.Pool()).toThrow('pg-pool is left out of the bundle');
  expect(() => new pg.Client('postgres://db.test')).toThrow('pg-connection-string is left out of the bundle');
});

/** Words of one driver that stand in its files, however they are minified. */
const DRIVERS = { pg: 'SASLInitialResponse', mysql2: 'caching_sha2_password' } as const;

test('each rotation function carries its own driver and no other, within a megabyte', async () => {
  const names = ['rotate-postgres', 'rotate-mysql', 'rotate-redshift'];
  const entries = names.map((name) => join(import.meta.dirname, `../../functions/${name}.ts`));
  const found = await Promise.all(
    (await bundle({ entries, outFolder: join(outFolder, 'functions') })).map(async ({ name, totalBytes }) => {
      expect(totalBytes).toBeLessThanOrEqual(1024 * 1024);
      const folder = join(outFolder, 'functions', name);
      const files = (await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8'));
      const text = (await Promise.all(files)).join('');
      return [
        name,
        Object.entries(DRIVERS).flatMap(([driver, word]) => (text.includes(word) ? [driver] : [])),
      ];
    }),
  );
  expect(Object.fromEntries(found)).toEqual({
    'rotate-postgres': ['pg'],
    'rotate-mysql': ['mysql2'],
    'rotate-redshift': ['pg'],
  });
});

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { inexact, type Lockfile, type Manifest, missing, unsafe } from './lockfile.ts';

const read = async (name: string) =>
  JSON.parse(await readFile(new URL(`../../${name}`, import.meta.url), 'utf8'));

test('planted faults are found', () => {
  expect(inexact({ dependencies: { a: '^1.0.0', b: '1.0.0' }, devDependencies: { c: 'npm:d@~2' } })).toEqual([
    'a@^1.0.0',
    'c@npm:d@~2',
  ]);
  const lockfile: Lockfile = {
    packages: {
      '': {},
      'node_modules/a': {
        integrity: 'sha512-x',
        optionalDependencies: { b: '1.0.0', c: '1.0.0', d: '1.0.0' },
      },
      'node_modules/a/node_modules/b': { integrity: 'sha512-x' },
      'node_modules/c': { integrity: 'sha512-x', resolved: 'https://registry.example/c.tgz' },
      'node_modules/e': {},
    },
  };
  expect(missing(lockfile)).toEqual(['node_modules/a needs d']);
  expect(unsafe(lockfile)).toEqual(['node_modules/c', 'node_modules/e']);
});

test('package.json pins exact versions', async () => {
  const manifest: Manifest = await read('package.json');
  expect(inexact(manifest)).toEqual([]);
});

test('the lockfile has no gaps, names no host, and has a checksum for each package', async () => {
  const lockfile: Lockfile = await read('package-lock.json');
  expect(Object.keys(lockfile.packages).length).toBeGreaterThan(100);
  expect(missing(lockfile)).toEqual([]);
  expect(unsafe(lockfile)).toEqual([]);
});

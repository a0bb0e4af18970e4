import { expect, test } from 'vitest';
import { sources } from './sources.ts';

/** Folders of one machine; put together here so that this file does not hold one itself. */
const MACHINE_PATH = new RegExp(`(?<![\\w.~*-])/(?:${['work', 'root', 'home', 'Users'].join('|')})/[\\w.-]`);

const offenders = (files: Map<string, string>): string[] =>
  [...files].filter(([, text]) => MACHINE_PATH.test(text)).map(([path]) => path);

test('a planted machine path is found', () => {
  const planted = ['', 'work', 'x.ts'].join('/');
  expect(offenders(new Map([['a.ts', `import '${planted}';`]]))).toEqual(['a.ts']);
  expect(offenders(new Map([['a.ts', `see the docs${planted} and https://example.com${planted}`]]))).toEqual(
    [],
  );
});

test('no file names a path of the machine it was written on', async () => {
  expect(offenders(await sources())).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { violations } from './rules.ts';
import { sources } from './sources.ts';

const judge = (path: string, source: string) =>
  violations(new Map([[path, source]])).map(({ rule, what }) => [rule, what]);

describe('planted violations are found', () => {
  test.for([
    ['shared/core/a.ts', "import { b } from '../rotation/b.ts';", 'shared/rotation/b.ts'],
    ['shared/core/a.ts', "import type {\n  B,\n} from '../aws/b.ts';", 'shared/aws/b.ts'],
    ['shared/rotation/a.ts', "import { b } from '../audit/b.ts';", 'shared/audit/b.ts'],
    ['shared/audit/a.ts', "import { b } from '../rotation/b.ts';", 'shared/rotation/b.ts'],
    ['shared/rotation/strategies/a.ts', "import { b } from '../../engines/tls.ts';", 'shared/engines/tls.ts'],
    ['shared/engines/mysql/a.ts', "import { b } from '../../aws/b.ts';", 'shared/aws/b.ts'],
    ['shared/aws/a.ts', "  const b = await import('../engines/tls.ts');", 'shared/engines/tls.ts'],
    ['shared/handlers/a.ts', "import '../../local/b.ts';", 'local/b.ts'],
    ['functions/a.ts', "import { b } from '../shared/aws/b.ts';", 'shared/aws/b.ts'],
    ['functions/a.ts', "import { b } from '../cli/b.ts';", 'cli/b.ts'],
    ['local/a.ts', "import { b } from '../cli/b.ts';", 'cli/b.ts'],
    ['local/a.ts', "import { b } from '../shared/handlers/b.ts';", 'shared/handlers/b.ts'],
    ['scripts/a.ts', "import { b } from '../local/b.ts';", 'local/b.ts'],
    ['cli/a.ts', "import { b } from '../bench/b.ts';", 'bench/b.ts'],
    ['shared/extra/a.ts', "import { b } from './b.ts';", 'belongs to no layer'],
  ] as const)('layers: %s %j', ([path, source, what]) => {
    expect(judge(path, source)).toEqual([['layers', what]]);
  });

  test.for([
    ['shared/rotation/a.ts', "import pg from 'pg';", 'pg'],
    ['shared/engines/mysql/a.ts', "import { Client } from 'pg';", 'pg'],
    ['shared/engines/postgres/a.ts', "import { b } from 'mysql2/promise';", 'mysql2/promise'],
    ['shared/engines/postgres/a.ts', "import type { B } from '@aws-sdk/client-rds';", '@aws-sdk/client-rds'],
    ['functions/a.ts', "import { B } from '@aws-sdk/client-sns';", '@aws-sdk/client-sns'],
  ] as const)('packages: %s %j', ([path, source, what]) => {
    expect(judge(path, source)).toEqual([['packages', what]]);
  });

  test.for([
    ['environment only in core/env.ts', 'shared/aws/a.ts', "  const b = process.env['B'];"],
    ['reveal only in engines and aws', 'shared/rotation/a.ts', '  return password.reveal();'],
    ['no console', 'shared/core/a.ts', "  console.log('x');"],
    ['no default export', 'local/a.ts', 'export default class {}'],
    ['no default export', 'shared/core/a.ts', 'export { a as default };'],
    ['no barrel', 'shared/core/a.ts', "export * from './b.ts';"],
    ['no barrel', 'cli/a.ts', "export {\n  b,\n} from './b.ts';"],
    ['no barrel', 'shared/core/a.ts', "export type { B } from './b.ts';"],
    ['no file named for nothing', 'shared/core/utils.ts', 'export const a = 1;'],
    ['no file named for nothing', 'shared/engines/index.ts', 'export const a = 1;'],
    ['no work at import', 'shared/core/a.ts', 'await start();'],
    ['no work at import', 'shared/core/a.ts', 'start();'],
    ['no work at import', 'shared/core/a.ts', "process.on('exit', stop);"],
    ['no work at import', 'functions/a.ts', 'for (const a of b) start(a);'],
    ['no work at import', 'shared/core/a.ts', '(() => start())();'],
    ['no work at import', 'shared/aws/a.ts', 'const client = new SecretsManagerClient({});'],
    ['no work at import', 'shared/core/a.ts', 'export const env = readEnv();'],
    ['no work at import', 'shared/core/a.ts', 'const text: string =\n  await load();'],
  ] as const)('%s: %s %j', ([rule, path, source]) => {
    expect(judge(path, source).map(([found]) => found)).toEqual([rule]);
  });
});

describe('what is allowed is not found', () => {
  test.for([
    ['shared/handlers/a.ts', "import { b } from '../aws/b.ts';\nimport { c } from '../engines/tls.ts';"],
    ['functions/a.ts', "import { b } from '../shared/handlers/b.ts';\n\nexport const handler = b(c);"],
    ['cli/a.ts', "import { b } from '../local/b.ts';\nconsole.log(process.env['HOME']);"],
    ['test/unit/a.test.ts', "import { b } from '../../local/b.ts';\nb();"],
    ['shared/engines/postgres/a.ts', "import pg from 'pg';\n\nconst a = (b: Redacted) => b.reveal();"],
    ['shared/core/a.ts', "/* import { b } from '../aws/b.ts'; */\n// console.log(process.env)"],
    ['shared/core/a.ts', 'const sql = `\nselect 1;\n`;'],
    ['shared/core/a.ts', "const HOME = 'https://example.com/a';\nconst a = new Map([\n  ['b', 1],\n]);"],
    ['shared/core/env.ts', 'export const readEnv = (source = process.env) => source;'],
    ['shared/audit/detectors/index.ts', "export { a } from './a.ts';"],
    ['vitest.config.ts', "import { a } from './test/support/a.ts';\nexport default a;"],
  ] as const)('%s %j', ([path, source]) => {
    expect(judge(path, source)).toEqual([]);
  });
});

test('this repository keeps its rules', async () => {
  const files = await sources();
  expect(files.has('shared/core/errors.ts')).toBe(true);
  expect(violations(files)).toEqual([]);
});

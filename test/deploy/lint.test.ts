/** The template as CloudFormation's own linter sees it, and what no template should hold. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installFromPypi } from '../../local/pypi.ts';
import { CFN_LINT, lint } from '../support/cfn-lint.ts';
import { FULL, WITH_OWN_VPC } from '../support/full-parameters.ts';
import { PACKAGING_MS, packaged, TEMPLATE } from '../support/package.ts';

const missing = await installFromPypi(CFN_LINT);
const reason = missing === undefined ? '' : ` (${missing})`;

describe.skipIf(missing !== undefined)(`cfn-lint${reason}`, { timeout: PACKAGING_MS }, () => {
  test('finds a planted fault', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keyturn-lint-'));
    try {
      const file = join(folder, 'template.json');
      const Queue = { Type: 'AWS::SQS::Queue', Properties: { QueueNam: 'x' } };
      await writeFile(file, JSON.stringify({ Resources: { Queue } }));
      expect(await lint(file)).toMatch(/^E3002 .*'QueueNam' was unexpected/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each([
    ['as it is', {}],
    ['with all parameters', FULL],
    ['with a VPC of its own', WITH_OWN_VPC],
  ])('finds nothing in the template %s', async (_name, parameters) => {
    expect(await packaged(parameters, (folder) => lint(join(folder, TEMPLATE)))).toBe('');
  });
});

test('the template names no partition, Region or account of its own', { timeout: PACKAGING_MS }, async () => {
  const text = await packaged({}, (folder) => readFile(join(folder, TEMPLATE), 'utf8'));
  expect(text.match(/arn:aws[\w-]*:/g) ?? []).toEqual([]);
  expect(text.match(/\b\d{12}\b/g) ?? []).toEqual([]);
  expect(text.match(/\b(?:us|eu|ap|sa|ca|me|af)-[a-z]+-\d\b/g) ?? []).toEqual([]);
});

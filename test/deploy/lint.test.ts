/** The template as CloudFormation's own linter sees it, and what no template should hold. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FULL, WITH_OWN_VPC } from '../support/full-parameters.ts';
import { packaged, TEMPLATE } from '../support/package.ts';
import { installFromPypi, pythonWith } from '../support/pypi.ts';

const CFN_LINT = { name: 'cfn-lint', version: '1.58.0' };
const missing = await installFromPypi(CFN_LINT);

describe.each([
  ['as it is', {}],
  ['with all parameters', FULL],
  ['with a VPC of its own', WITH_OWN_VPC],
])('the template %s', (_name, parameters) => {
  test.skipIf(missing !== undefined)(
    `is clean to cfn-lint${missing === undefined ? '' : ` (${missing})`}`,
    async () => {
      const found = await packaged(parameters, (folder) =>
        promisify(execFile)(pythonWith(CFN_LINT), ['-m', 'cfnlint', '-t', join(folder, TEMPLATE)]).catch(
          (error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error) }),
        ),
      );
      expect(found.stdout).toBe('');
    },
  );
});

test('it names no partition, Region or account of its own', async () => {
  const text = await packaged({}, (folder) => readFile(join(folder, TEMPLATE), 'utf8'));
  expect(text.match(/arn:aws[\w-]*:/g) ?? []).toEqual([]);
  expect(text.match(/\b\d{12}\b/g) ?? []).toEqual([]);
  expect(text.match(/\b(?:us|eu|ap|sa|ca|me|af)-[a-z]+-\d\b/g) ?? []).toEqual([]);
});

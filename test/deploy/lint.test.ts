/** The template as CloudFormation's own linter sees it, and what no template should hold. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { packaged, TEMPLATE } from '../support/package.ts';
import { installFromPypi, pythonWith } from '../support/pypi.ts';

const CFN_LINT = { name: 'cfn-lint', version: '1.58.0' };
const missing = await installFromPypi(CFN_LINT);

const FULL = [
  'superuserSecrets=arn:aws:secretsmanager:eu-central-1:111122223333:secret:dba-AbCdEf',
  'kmsKey=arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555',
  'subnets=subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  'securityGroups=sg-0123456789abcdef0',
  'alertEmail=security@example.org',
];

describe.each([
  ['as it is', []],
  ['with all parameters', FULL],
])('the template %s', (_name, params) => {
  test.skipIf(missing !== undefined)(
    `is clean to cfn-lint${missing === undefined ? '' : ` (${missing})`}`,
    async () => {
      const found = await packaged(params, (folder) =>
        promisify(execFile)(pythonWith(CFN_LINT), ['-m', 'cfnlint', '-t', join(folder, TEMPLATE)]).catch(
          (error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error) }),
        ),
      );
      expect(found.stdout).toBe('');
    },
  );
});

test('it names no partition, Region or account of its own', async () => {
  const text = await packaged([], (folder) => readFile(join(folder, TEMPLATE), 'utf8'));
  expect(text.match(/arn:aws[\w-]*:/g) ?? []).toEqual([]);
  expect(text.match(/\b\d{12}\b/g) ?? []).toEqual([]);
  expect(text.match(/\b(?:us|eu|ap|sa|ca|me|af)-[a-z]+-\d\b/g) ?? []).toEqual([]);
});

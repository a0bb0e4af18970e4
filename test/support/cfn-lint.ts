/** CloudFormation's own linter, which also knows the schema of every resource type. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type PythonPackage, pythonWith } from '../../local/pypi.ts';

export const CFN_LINT: PythonPackage = { name: 'cfn-lint', version: '1.58.0' };

const RUN = 'import sys; from cfnlint.runner import main; sys.exit(main())';

/**
 * @returns what it finds; empty when there is nothing
 * @throws Error when it does not run
 */
export async function lint(template: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(pythonWith(CFN_LINT), ['-c', RUN, '--template', template]);
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    if (stdout === '') throw new Error(`cfn-lint did not run: ${stderr}`);
    return stdout;
  }
}

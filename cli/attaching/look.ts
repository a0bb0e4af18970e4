/** Has a rotation function check a secret: only the function sees the database, and nobody here sees a value. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { parse } from '../../shared/core/parse.ts';
import { type CheckReport, reportSchema } from '../../shared/rotation/check/report.ts';
import { CHECK } from '../../shared/rotation/event.ts';
import type { RotationFunction } from './deployment.ts';
import { asked, isNamed, Mistake } from './mistake.ts';

/** The alias of a function that checks, and does nothing else. */
const ALIAS = 'check';

/** @throws Mistake when the function gives no report */
export async function look(
  lambda: LambdaClient,
  { name }: RotationFunction,
  secretArn: string,
): Promise<CheckReport> {
  const invoke = new InvokeCommand({
    FunctionName: name,
    Qualifier: ALIAS,
    Payload: Buffer.from(JSON.stringify({ Step: CHECK, SecretId: secretArn })),
  });
  const invoked = lambda.send(invoke).catch(absent(name));
  const { FunctionError, Payload } = await asked('lambda:InvokeFunction', invoked);
  const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null');
  if (FunctionError !== undefined) throw new Mistake(failureOf(name, answer));
  const report = parse(reportSchema, answer);
  if (report.ok) return report.value;
  throw new Mistake(`${name} answers without a report: deploy this version of Keyturn (npm run deploy)`);
}

const absent = (name: string) => (error: unknown) => {
  if (isNamed(error, 'ResourceNotFoundException'))
    throw new Mistake(`${name} has no alias ${ALIAS}: deploy this version of Keyturn (npm run deploy)`);
  throw error;
};

function failureOf(name: string, answer: unknown): string {
  const { errorType = 'Error', errorMessage = '' } = (answer ?? {}) as Readonly<Record<string, string>>;
  if (errorType === 'INVALID_EVENT')
    return `${name} does not know the check yet: deploy this version of Keyturn (npm run deploy)`;
  return `${name} ended with ${errorType}: ${errorMessage}`;
}

/** Names of Lambda functions. Calls take a name, an ARN or a part of one, each with or without a version. */
import type { AuditEvent } from './event.ts';
import { asText, textsOf } from './logged.ts';

/** @returns the name alone. */
export const functionName = (text: string): string =>
  text
    .replace(/^.*:?function:/, '')
    .replace(/^\d{12}:/, '')
    .replace(/:.*$/, '');

/** The function that a call of Lambda’s is about. */
export function functionIn({ name, request }: AuditEvent): string | undefined {
  const named = name.startsWith('lambda:') ? asText(request?.['functionName']) : undefined;
  return named === undefined ? undefined : functionName(named);
}

/** The function that rotates, where an event shows it: Lambda names the sessions of a role by the function. */
export function rotatorIn({ name, request, principal, outcome }: AuditEvent): string | undefined {
  if (outcome.is !== 'ok') return undefined;
  const arn = name === 'secretsmanager:RotateSecret' ? asText(request?.['rotationLambdaARN']) : undefined;
  if (arn !== undefined) return functionName(arn);
  const isPending = textsOf(request?.['versionStages']).includes('AWSPENDING');
  const writes = name === 'secretsmanager:PutSecretValue' && principal.type === 'role' && isPending;
  return writes ? principal.session : undefined;
}

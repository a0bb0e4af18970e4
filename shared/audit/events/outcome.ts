import type { Logged, Outcome } from './event.ts';
import { asText } from './logged.ts';

const OK: Outcome = { is: 'ok', code: '', message: '' };

/** A failed rotation has a message and no code. */
export function outcomeOf(record: Logged): Outcome {
  const code = asText(record['errorCode']) ?? '';
  const message = asText(record['errorMessage']) ?? '';
  if (code === '' && message === '') return OK;
  return { is: isDenied(code, message) ? 'denied' : 'failed', code, message };
}

/** RotateSecret also says AccessDenied when it may not invoke the rotation function: a mistake, not a probe. */
const isDenied = (code: string, message: string): boolean =>
  (code.includes('AccessDenied') || code.includes('Unauthorized')) &&
  !message.startsWith('Secrets Manager cannot invoke');

const RESOURCE = ' on resource: ';

/**
 * The resource that was refused: an event of a refused call has no parameters, and names it in the message only,
 * as in "User: … is not authorized to perform: … on resource: ID because …".
 */
export function refusedResource(message: string): string | undefined {
  const start = message.indexOf(RESOURCE);
  if (start === -1) return undefined;
  const rest = message.slice(start + RESOURCE.length);
  const end = rest.search(/ (because|with an explicit deny)\b/);
  return (end === -1 ? rest : rest.slice(0, end)).trim() || undefined;
}

/** The JSON of a secret, of which whatever is not rotation's is carried over as it was written. */
import { KeyturnError } from '../core/errors.ts';

export type Document = { readonly [key: string]: unknown };

/** @throws KeyturnError SECRET_INVALID */
export function parseDocument(text: string): Document {
  let document: unknown;
  try {
    document = JSON.parse(text, keepNumbersExact);
  } catch {
    // JSON.parse quotes its input in the error.
    throw new KeyturnError('SECRET_INVALID', 'The secret is not JSON.');
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document))
    return document as Document;
  throw new KeyturnError('SECRET_INVALID', 'The secret is not a JSON object.');
}

/** A number that JavaScript would round is carried over as it was written. */
function keepNumbersExact(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source);
}

/** Names as PostgreSQL keeps them. */
import { escapeIdentifier } from 'pg';
import { KeyturnError } from '../../core/errors.ts';

/** NAMEDATALEN - 1. Longer names are cut with only a notice, so that two users could become one. */
const LONGEST_BYTES = 63;

export const quoteIdentifier = (name: string): string => escapeIdentifier(name);

/** @throws KeyturnError SECRET_INVALID, USER_NAME_TOO_LONG */
export function checkUsername(username: string, field: string): void {
  const problem = nameProblem(username);
  if (problem !== undefined) throw new KeyturnError('SECRET_INVALID', `"${field}" ${problem}.`, { field });
  if (Buffer.byteLength(username) > LONGEST_BYTES)
    throw new KeyturnError('USER_NAME_TOO_LONG', `"${field}" is longer than ${LONGEST_BYTES} bytes.`, {
      field,
    });
}

/** Why no user can have this name, to follow its own mention; absent when one can. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.includes('\0')) return 'holds a zero character';
  if (name.startsWith('pg_')) return 'begins with pg_, which PostgreSQL keeps for itself';
  if (name === 'public' || name === 'none') return 'is a word that PostgreSQL keeps for itself';
  return undefined;
}

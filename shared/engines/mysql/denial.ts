/** What to grant when the server refused a superuser something for want of rights. */
import { KeyturnError } from '../../core/errors.ts';
import { type Account, quoteAccount } from './names.ts';
import { explained, type StatementFailed } from './statements.ts';

/** Denied: a database, a table, and what only administrators may do. */
const RIGHTS: ReadonlySet<number> = new Set([1044, 1142, 1227]);

export const isDenial = ({ number }: StatementFailed): boolean => RIGHTS.has(number ?? 0);

/** @param what was being done about another user, to follow "while" */
export function toldOf(failed: StatementFailed, own: Account, what: string): KeyturnError {
  if (!isDenial(failed)) return explained(failed, what);
  const me = quoteAccount(own);
  return new KeyturnError(
    'DATABASE_REFUSED',
    `Error ${failed.number} while ${what}: ${me} lacks a right. As an administrator: GRANT CREATE USER ON *.* TO ${me}; GRANT SELECT ON mysql.* TO ${me};`,
  );
}

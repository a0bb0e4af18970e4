/** What may be said of a change that the server refused. */
import { KeyturnError } from '../../core/errors.ts';
import { explained, type StatementFailed, type Statements } from '../pg/statements.ts';
import { quoteIdentifier } from './names.ts';

/** @param what was being done, to follow "while" */
export async function toldOf(sql: Statements, failed: StatementFailed, what: string): Promise<KeyturnError> {
  if (failed.sqlState !== '42501') return explained(failed, what);
  const [row] = await sql.rows<{ me: string }>('SELECT session_user AS me').catch(() => []);
  const me = row?.me ?? 'The user';
  return new KeyturnError(
    'DATABASE_REFUSED',
    `${me} was refused (SQLSTATE 42501) while ${what}. Users, groups and the end of a password are for superusers; as one: ALTER USER ${quoteIdentifier(me)} CREATEUSER;`,
    { sqlState: '42501' },
  );
}

/** What may be said of what the server refused, and what to grant for it. */
import { KeyturnError } from '../../core/errors.ts';
import type { NewPassword } from '../../rotation/engine.ts';
import { type Account, quoteAccount } from './names.ts';
import type { Asker } from './password.ts';
import type { Server } from './server.ts';
import { explained, type StatementFailed } from './statements.ts';

/** Denied: a database, a table, and what only administrators may do. */
const RIGHTS: ReadonlySet<number> = new Set([1044, 1142, 1227]);

const isDenial = ({ number }: StatementFailed): boolean => RIGHTS.has(number ?? 0);

/** @param what was being done about another user, to follow "while" */
export function toldOf(failed: StatementFailed, own: Account, what: string): KeyturnError {
  if (!isDenial(failed)) return explained(failed, what);
  const me = quoteAccount(own);
  return new KeyturnError(
    'DATABASE_REFUSED',
    `Error ${failed.number} while ${what}: ${me} lacks a right. As an administrator: GRANT CREATE USER ON *.* TO ${me}; GRANT SELECT ON mysql.* TO ${me};`,
  );
}

/** https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const INCORRECT_CURRENT_PASSWORD = 3891;
/** 1819: validate_password, or a plugin of MariaDB. 3638: password history. */
const POLICY: ReadonlySet<number> = new Set([1819, 3638]);
const OPTION_PREVENTS = 1290;

/** Of a change of a password. */
export function toldOfChange(
  failed: StatementFailed,
  { own, server }: Asker,
  change: NewPassword,
): KeyturnError {
  const { number = 0 } = failed;
  const { username } = change;
  const told = (code: 'NOT_PRIMARY_PASSWORD' | 'PASSWORD_REFUSED' | 'DATABASE_REFUSED', what: string) =>
    new KeyturnError(code, `Error ${number} while changing ${username}: ${what}`);
  if (number === INCORRECT_CURRENT_PASSWORD && change.current === undefined)
    return told(
      'DATABASE_REFUSED',
      `the account wants to see its primary password (PASSWORD REQUIRE CURRENT), which is that of a version given up earlier. As an administrator: ALTER USER ${quoteAccount(own)} PASSWORD REQUIRE CURRENT OPTIONAL;`,
    );
  if (number === INCORRECT_CURRENT_PASSWORD)
    return told('NOT_PRIMARY_PASSWORD', 'its password in use is not the primary one.');
  if (POLICY.has(number)) return told('PASSWORD_REFUSED', 'the password policy refuses it.');
  if (number === OPTION_PREVENTS && change.form === 'hash' && !failed.readOnly)
    return told(
      'DATABASE_REFUSED',
      'strict_password_validation takes no hash; set rotation.password.send to "plain".',
    );
  if (username !== own.user) return toldOf(failed, own, `changing ${username}`);
  if (isDenial(failed)) return told('DATABASE_REFUSED', lacking(server, own, change));
  return explained(failed, `changing ${username}`);
}

function lacking({ product }: Server, own: Account, { retain }: NewPassword): string {
  const me = quoteAccount(own);
  if (retain && product === 'mysql')
    return `${me} may not keep two passwords. As an administrator: GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO ${me};`;
  return `${me} may not change its own password.`;
}

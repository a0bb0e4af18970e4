/** Names and texts as MySQL and MariaDB read them under NO_BACKSLASH_ESCAPES and without ANSI_QUOTES. */
import { KeyturnError } from '../../core/errors.ts';

/** MySQL keeps 32 characters of a user name; MariaDB 128. */
const LONGEST = 32;

export const quoteIdentifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** Good only in a session whose mode `openSession` has set: there a backslash is a character like any other. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A user and the hosts it may come from: two accounts may share the name and nothing else. */
export interface Account {
  readonly user: string;
  readonly host: string;
}

export const quoteAccount = ({ user, host }: Account): string =>
  `${quoteIdentifier(user)}@${quoteIdentifier(host)}`;

/** @param text as CURRENT_USER() gives it. A host holds no `@`; a user name may. */
export function parseAccount(text: string): Account {
  const at = text.lastIndexOf('@');
  return { user: text.slice(0, at), host: text.slice(at + 1) };
}

/** @throws KeyturnError SECRET_INVALID, USER_NAME_TOO_LONG */
export function checkUsername(username: string, field: string): void {
  const problem = nameProblem(username);
  if (problem !== undefined) throw new KeyturnError('SECRET_INVALID', `"${field}" ${problem}.`, { field });
  if ([...username].length > LONGEST)
    throw new KeyturnError('USER_NAME_TOO_LONG', `"${field}" is longer than ${LONGEST} characters.`, {
      field,
    });
}

/** Why no user can have this name, to follow its own mention; absent when one can. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.includes('\0')) return 'holds a zero character';
  if (/\p{Cc}/u.test(name)) return 'holds a control character';
  if (/^\s|\s$/.test(name)) return 'begins or ends with a space, which the server drops';
  return undefined;
}

/** Names as Redshift keeps them: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html */
import { KeyturnError } from '../../core/errors.ts';

const LONGEST_BYTES = 127;

/** In quotes a user name keeps its case; other names are folded to lower case even then, unless a setting says not. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** @throws KeyturnError SECRET_INVALID, USER_NAME_TOO_LONG */
export function checkUsername(username: string, field: string): void {
  const problem = nameProblem(username);
  if (problem !== undefined) throw new KeyturnError('SECRET_INVALID', `"${field}" ${problem}.`, { field });
  if (Buffer.byteLength(username) > LONGEST_BYTES)
    throw new KeyturnError('USER_NAME_TOO_LONG', `"${field}" is longer than ${LONGEST_BYTES} bytes.`, {
      field,
    });
}

/** Why no user with a password can have this name, to follow its own mention; absent when one can. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (/\p{Cc}/u.test(name)) return 'holds a control character';
  if (name.toLowerCase() === 'public') return 'is a word that Redshift keeps for itself';
  // https://docs.aws.amazon.com/redshift/latest/mgmt/generating-iam-credentials-role-permissions.html
  if (/^iamr?:/i.test(name)) return 'is a user of IAM, who has no password';
  return undefined;
}

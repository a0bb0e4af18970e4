/** New passwords, and the form in which they are sent: https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_USER.html */
import { createHash, randomBytes } from 'node:crypto';
import { KeyturnError } from '../../core/errors.ts';
import type { Redacted } from '../../core/redacted.ts';
import type { Guard, NewPassword } from '../../rotation/engine.ts';
import { policyRefusal } from '../pg/policy.ts';
import { StatementFailed, type Statements } from '../pg/statements.ts';
import { toldOf } from './denial.ts';
import { quoteIdentifier } from './names.ts';

export const PASSWORD_FORMS = ['sha256', 'md5', 'plain'] as const;

/**
 * The fence is asked immediately before the statement, which commits itself.
 * @throws KeyturnError PASSWORD_REFUSED, DATABASE_REFUSED, DATABASE_BUSY, FENCE_LOST, SECRET_INVALID
 */
export async function changePassword(sql: Statements, change: NewPassword, guard: Guard): Promise<void> {
  refuseWeaker(change);
  const statement = `ALTER USER ${quoteIdentifier(change.username)} PASSWORD '${encode(change)}'${expiry(change)}`;
  try {
    await limitTime(sql, guard);
    await guard.fence();
    await sql.run(statement);
  } catch (error) {
    if (!(error instanceof StatementFailed)) throw error;
    throw policyRefusal(error, change.username) ?? (await toldOf(sql, error, `changing ${change.username}`));
  }
}

/** A killed client's statement that waits for another transaction goes on waiting on the server as long as this. */
export const limitTime = async (sql: Statements, { statementTimeoutMs }: Guard): Promise<void> => {
  await sql.run(`SET statement_timeout TO ${Math.floor(statementTimeoutMs)}`);
};

/** A driver that proves SHA-256 also knows md5, but an md5 hash that leaks is as good as the password at once. */
function refuseWeaker({ form, liveForm, username }: NewPassword): void {
  if (form === 'md5' && liveForm === 'sha256')
    throw new KeyturnError(
      'SECRET_INVALID',
      `"rotation.password.send" is md5, but ${username} logs in by sha256; leave it out.`,
      { field: 'rotation.password.send' },
    );
}

/**
 * The text between the quotes of the statement.
 * @throws KeyturnError SECRET_INVALID when the form cannot be made of this password
 */
function encode({ username, password, form, liveForm }: NewPassword): string {
  if (!password.satisfies((text) => /^[\x21-\x7e]+$/.test(text)))
    throw invalid('The password holds characters other than printable ASCII.');
  switch (form) {
    case 'sha256':
      return checked(sha256Hash(password), /^sha256\|[\da-f]{64}\|[\da-f]{64}$/);
    case 'md5':
      return checked(md5Hash(password, username), /^md5[\da-f]{32}$/);
    case 'plain':
      return plain(password, liveForm);
    default:
      throw new KeyturnError('INTERNAL', `Redshift knows no password form ${JSON.stringify(form)}.`);
  }
}

/** The salt is written in hexadecimal, and goes into the digest as the bytes it stands for. */
function sha256Hash(password: Redacted): string {
  const salt = randomBytes(32);
  const digest = createHash('sha256').update(password.reveal()).update(salt).digest('hex');
  return `sha256|${digest}|${salt.toString('hex')}`;
}

/** A secret like the password: it is all that md5 authentication needs. */
const md5Hash = (password: Redacted, username: string): string =>
  `md5${createHash('md5').update(`${password.reveal()}${username}`).digest('hex')}`;

/** The server keeps a bare password as md5, and one with this prefix as SHA-256 with a salt of its own. */
function plain(password: Redacted, liveForm: string): string {
  if (!password.satisfies(isTakenPlain))
    throw invalid(
      'Redshift takes 8 to 64 characters with an upper-case letter, a lower-case letter and a digit, without \' " \\ / @, and not what looks like a stored hash.',
    );
  return `${liveForm === 'sha256' ? 'sha256|' : ''}${password.reveal()}`;
}

const isTakenPlain = (text: string): boolean =>
  /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[^'"\\/@]{8,64}$/.test(text) && !/^(md5|sha256\|)/i.test(text);

/** https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_USER.html: a superuser's option, part of the same clause */
const expiry = ({ validUntil }: NewPassword): string =>
  validUntil === undefined ? '' : ` VALID UNTIL '${validUntil.toISOString().slice(0, 19).replace('T', ' ')}'`;

/** The server could take a malformed hash for a password in plain text. */
function checked(value: string, pattern: RegExp): string {
  if (!pattern.test(value)) throw new KeyturnError('INTERNAL', 'A password hash is malformed.');
  return value;
}

const invalid = (what: string) => new KeyturnError('SECRET_INVALID', what, { field: 'password' });

/**
 * New passwords, and the form in which they are sent. Neither the password nor anything that is as good as it
 * reaches the server's log.
 */
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { escapeLiteral } from 'pg';
import { KeyturnError } from '../../core/errors.ts';
import type { Redacted } from '../../core/redacted.ts';
import type { Guard, NewPassword } from '../../rotation/engine.ts';
import { MOST_SCRAM_ITERATIONS } from '../pg/client.ts';
import { policyRefusal } from '../pg/policy.ts';
import type { Statements } from '../pg/statements.ts';
import { quoteIdentifier } from './names.ts';
import { unloggedAlterRole } from './unlogged.ts';

export const PASSWORD_FORMS = ['scram-sha-256', 'md5', 'plain'] as const;

/** Of `scram_iterations` before PostgreSQL 16. */
const DEFAULT_ITERATIONS = 4096;

/**
 * The password statement, inside a transaction; the fence is asked immediately before it.
 * @throws KeyturnError PASSWORD_REFUSED, FENCE_LOST, SECRET_INVALID
 * @throws StatementFailed when the server refused it for any other reason
 */
export async function setPassword(sql: Statements, change: NewPassword, guard: Guard): Promise<void> {
  refuseWeaker(change);
  const statement = await statementFor(sql, change);
  await guard.fence();
  try {
    await sql.run(statement);
  } catch (error) {
    throw policyRefusal(error, change.username) ?? error;
  }
}

/** An md5 hash cannot log in where pg_hba.conf asks for SCRAM: then the user would be locked out. */
function refuseWeaker({ form, liveForm, username }: NewPassword): void {
  if (form === 'md5' && liveForm !== 'md5')
    throw new KeyturnError(
      'SECRET_INVALID',
      `"rotation.password.send" is md5, but ${username} logs in by ${liveForm}; leave it out.`,
      { field: 'rotation.password.send' },
    );
}

async function statementFor(sql: Statements, change: NewPassword): Promise<string> {
  const value = await encode(change, () => iterations(sql));
  if (change.form === 'scram-sha-256')
    return `ALTER ROLE ${quoteIdentifier(change.username)} PASSWORD ${escapeLiteral(value)}`;
  // What the server makes of a plain password must not be weaker either, whatever its default.
  if (change.form === 'plain' && change.liveForm === 'scram-sha-256')
    await sql.run("SET LOCAL password_encryption = 'scram-sha-256'");
  return unloggedAlterRole(sql, change.username, value);
}

/**
 * The text that goes into the statement.
 * @throws KeyturnError SECRET_INVALID when the form cannot be made of this password
 */
async function encode(
  { username, password, form }: NewPassword,
  scramIterations: () => Promise<number>,
): Promise<string> {
  if (!password.satisfies(isPrintableAscii))
    throw invalid(
      'The password holds characters other than printable ASCII, which servers normalise differently.',
    );
  switch (form) {
    case 'scram-sha-256':
      return checked(await scramVerifier(password, await scramIterations()), SCRAM_VERIFIER);
    case 'md5':
      return checked(md5Hash(password, username), MD5_HASH);
    case 'plain':
      if (password.satisfies((text) => MD5_HASH.test(text) || text.startsWith('SCRAM-SHA-256$')))
        throw invalid('The password looks like a stored hash, which the server would keep as it is.');
      return password.reveal();
    default:
      throw new KeyturnError('INTERNAL', `PostgreSQL knows no password form ${JSON.stringify(form)}.`);
  }
}

/** RFC 5802 and RFC 7677, in the layout of pg_authid.rolpassword. */
async function scramVerifier(password: Redacted, rounds: number): Promise<string> {
  const salt = randomBytes(16);
  const salted = await promisify(pbkdf2)(password.reveal(), salt, rounds, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${rounds}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** A secret like the password: it is all that md5 authentication needs. */
const md5Hash = (password: Redacted, username: string): string =>
  `md5${createHash('md5').update(`${password.reveal()}${username}`).digest('hex')}`;

const SCRAM_VERIFIER =
  /^SCRAM-SHA-256\$[1-9]\d{0,9}:[A-Za-z\d+/]{22}==\$[A-Za-z\d+/]{43}=:[A-Za-z\d+/]{43}=$/;
const MD5_HASH = /^md5[\da-f]{32}$/;

/** The server takes a malformed verifier for a password in plain text. */
function checked(value: string, pattern: RegExp): string {
  if (!pattern.test(value)) throw new KeyturnError('INTERNAL', 'A password verifier is malformed.');
  return value;
}

const isPrintableAscii = (text: string): boolean => /^[\x21-\x7e]+$/.test(text);

const invalid = (what: string) => new KeyturnError('SECRET_INVALID', what, { field: 'password' });

async function iterations(sql: Statements): Promise<number> {
  const { found } = await sql.row<{ found: string | null }>(
    "SELECT current_setting('scram_iterations', true) AS found",
  );
  const rounds = found === null ? DEFAULT_ITERATIONS : Number(found);
  if (rounds <= MOST_SCRAM_ITERATIONS) return rounds;
  throw new KeyturnError(
    'DATABASE_CONFIGURATION',
    `scram_iterations is ${rounds}; clients refuse more than ${MOST_SCRAM_ITERATIONS}.`,
  );
}

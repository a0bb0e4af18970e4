/**
 * Statements whose text the server's log never holds. A SCRAM verifier needs none of this; a password, or an md5 hash,
 * which is as good as one, would be written whole by log_statement, and in any case when the statement fails.
 *
 * The server makes a one-time pad and tells it in an answer, and answers are not logged. What is sent is the text
 * combined with the pad; the server puts both together and runs the statement from within a block, which is not
 * logged either.
 */
import { randomBytes } from 'node:crypto';
import { escapeLiteral } from 'pg';
import type { Statements } from '../pg/statements.ts';
import { quoteIdentifier } from './names.ts';

/** Kept in the session for the transaction, so that only its own block can use it. A block of it has 32 bytes. */
const makePad = (bytes: number): string => `
  SELECT set_config('keyturn.pad', string_agg(encode(sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 'hex'), ''), true) AS pad
  FROM generate_series(1, ${Math.ceil(bytes / 32)})`;

/** What a user may have set for its own role, or a server for all, and what would log the inner statement. */
const QUIET = `
  SELECT set_config(name, 'off', true) FROM pg_settings
  WHERE name IN ('md5_password_warnings', 'debug_print_parse', 'debug_print_rewritten', 'debug_print_plan')`;

/**
 * @returns the statement that sets a password, good for this transaction. The user's row is locked before: a
 * statement that had to wait would be logged by log_lock_waits, with what it came from.
 */
export async function unloggedAlterRole(sql: Statements, username: string, value: string): Promise<string> {
  await sql.run(`ALTER ROLE ${quoteIdentifier(username)} PASSWORD NULL`);
  return unlogged(sql, `ALTER ROLE ${quoteIdentifier(username)} PASSWORD `, value);
}

/** @param before what precedes the literal of `value` in the statement. @returns a statement for this transaction */
export async function unlogged(sql: Statements, before: string, value: string): Promise<string> {
  const bytes = Buffer.from(value, 'utf8');
  await sql.run(QUIET);
  const { pad } = await sql.row<{ pad: string }>(makePad(bytes.length));
  // An error raised inside is logged with the statement it came from, so it is raised anew, by its code alone.
  return inBlock(`
    DECLARE
      pad bytea := decode(current_setting('keyturn.pad'), 'hex');
      text bytea := decode('${combined(bytes, Buffer.from(pad, 'hex')).toString('hex')}', 'hex');
    BEGIN
      FOR i IN 0 .. length(text) - 1 LOOP
        text := set_byte(text, i, get_byte(text, i) # get_byte(pad, i));
      END LOOP;
      EXECUTE ${escapeLiteral(before)} || quote_literal(convert_from(text, 'UTF8'));
    EXCEPTION WHEN query_canceled OR others THEN
      RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE =
        CASE WHEN SQLERRM LIKE 'tuple concurrently%' THEN 'tuple concurrently updated' ELSE 'refused' END;
    END`);
}

function combined(text: Buffer, pad: Buffer): Buffer {
  if (text.length > pad.length) throw new RangeError('The pad is too short.');
  return Buffer.from(text.map((byte, i) => byte ^ (pad[i] as number)));
}

/** A name could hold any fixed quote. */
function inBlock(body: string): string {
  const quote = `$keyturn${randomBytes(8).toString('hex')}$`;
  return `DO ${quote}${body} ${quote}`;
}

/** A change of the database as one transaction that cannot land later than its time-outs allow. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isKeyturnError, KeyturnError } from '../../core/errors.ts';
import type { Guard } from '../../rotation/engine.ts';
import { explained, StatementFailed, type Statements } from '../pg/statements.ts';

const MOST_ATTEMPTS = 5;
/** Not worth another attempt with less than this left. */
const LEAST_MS = 250;

export interface Change {
  /** The user who is changed: two attempts on one user wait for each other. */
  readonly username: string;
  readonly guard: Guard;
  readonly body: () => Promise<void>;
  /** Says more about a refusal for want of rights (42501), after the roll-back. */
  readonly explainDenial: (what: string) => Promise<KeyturnError>;
}

/** @throws KeyturnError whatever `body` throws; DATABASE_BUSY when somebody else's change stayed in the way. */
export async function inTransaction(sql: Statements, change: Change): Promise<void> {
  const end = performance.now() + change.guard.statementTimeoutMs;
  const leftMs = () => Math.max(1, Math.floor(end - performance.now()));
  for (let attempt = 1; ; attempt++) {
    const failed = await tryOnce(sql, change, leftMs);
    if (failed === undefined) return;
    if (!failed.transient || attempt === MOST_ATTEMPTS || leftMs() < LEAST_MS)
      throw await toldOf(failed, change);
    await pause(20 * 2 ** attempt);
  }
}

/** @returns why the database refused; nothing when it is committed. */
async function tryOnce(
  sql: Statements,
  change: Change,
  leftMs: () => number,
): Promise<StatementFailed | undefined> {
  try {
    await sql.run(OPENING + timeouts(leftMs()));
    await waitForOthers(sql, change.username);
    await sql.run(timeouts(leftMs()));
    await change.body();
    await commit(sql);
    return undefined;
  } catch (error) {
    // When the connection is gone there is nothing to roll back.
    await sql.run('ROLLBACK').catch(() => {});
    if (error instanceof StatementFailed) return error;
    throw error;
  }
}

/** A commit that synchronous_commit lets the server forget in a crash would undo a password in use. */
const OPENING = `BEGIN;
  SET LOCAL ROLE NONE;
  SELECT set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') IN ('off', 'local');`;

/** A killed client's statement that waits for a lock goes on waiting on the server, for as long as this. */
const timeouts = (ms: number): string => `
  SET LOCAL lock_timeout = ${ms};
  SET LOCAL statement_timeout = ${ms};
  SET LOCAL idle_in_transaction_session_timeout = ${Math.max(ms, LEAST_IDLE_MS)}`;

/** The fence is a call to AWS, made with the transaction open. */
const LEAST_IDLE_MS = 10_000;

/**
 * Saves needless failures only: whoever can log in may hold this lock, and it fences nobody. So it is waited for
 * a moment, and then done without.
 */
async function waitForOthers(sql: Statements, username: string): Promise<void> {
  const key = createHash('sha256').update(username).digest().readInt32BE(0);
  for (const wait of [50, 150, 400, 0]) {
    const { locked } = await sql.row<{ locked: boolean }>(
      `SELECT pg_try_advisory_xact_lock(${KEYTURN}, ${key}) AS locked`,
    );
    if (locked) return;
    await pause(wait);
  }
}

/** "keyt" as a number, so that the lock is not another program's. */
const KEYTURN = 0x6b657974;

/** The server answers COMMIT with ROLLBACK, and no error, when the transaction had failed before. */
async function commit(sql: Statements): Promise<void> {
  if ((await sql.run('COMMIT')) !== 'COMMIT')
    throw new KeyturnError('INTERNAL', 'The transaction was rolled back instead of committed.');
}

async function toldOf(failed: StatementFailed, { username, explainDenial }: Change): Promise<KeyturnError> {
  const what = `changing ${username}`;
  if (failed.sqlState !== '42501') return explained(failed, what);
  try {
    return await explainDenial(what);
  } catch (error) {
    return isKeyturnError(error) ? error : explained(failed, what);
  }
}

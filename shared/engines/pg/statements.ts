/** Statements on one connection, and what may be said of one that failed: never its SQL nor the server's text. */
import { type Client, DatabaseError, Query } from 'pg';
import type { Deadline } from '../../core/deadline.ts';
import { KeyturnError } from '../../core/errors.ts';

/** How long the client waits for an answer: longer than any time-out it sets on the server. */
const ANSWER_TIMEOUT_MS = 65_000;
/** Kept back to say what happened. */
const RESERVE_MS = 1_000;

/** Stays inside the engines; `explained` turns it into what may leave. */
export class StatementFailed extends Error {
  /** Absent when the connection was lost instead. */
  readonly sqlState: string | undefined;
  /** Somebody else's change or lock was in the way, or made the same thing first, so the same again may succeed. */
  readonly transient: boolean;

  constructor(cause: unknown) {
    super('A statement failed.');
    this.sqlState = cause instanceof DatabaseError ? cause.code : undefined;
    this.transient =
      /^(40001|40P01|55P03|57014|25P03|25P04|23505|42710)$/.test(this.sqlState ?? '') ||
      isConcurrentUpdate(cause);
  }
}

/** An internal error by its number, and never translated: two sessions changed the same role. */
const isConcurrentUpdate = (cause: unknown): boolean =>
  cause instanceof DatabaseError && cause.code === 'XX000' && cause.message.startsWith('tuple concurrently');

export class Statements {
  readonly #client: Client;
  readonly #deadline: Deadline;
  readonly #abort: () => void;

  /** @param abort ends the connection at once */
  constructor(client: Client, deadline: Deadline, abort: () => void) {
    this.#client = client;
    this.#deadline = deadline;
    this.#abort = abort;
  }

  /** @throws StatementFailed */
  async rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    const result = await this.#within(ANSWER_TIMEOUT_MS, this.#client.query<Row>(text, values));
    return result.rows;
  }

  /** @throws StatementFailed */
  async row<Row extends object>(text: string, values: unknown[] = []): Promise<Row> {
    const [row] = await this.rows<Row>(text, values);
    if (row === undefined) throw new StatementFailed(undefined);
    return row;
  }

  /**
   * One or more statements without an answer.
   * @returns the command that the server says it carried out, e.g. `COMMIT`; of the last where there are several.
   * @throws StatementFailed
   */
  async run(text: string): Promise<string> {
    const result = await this.#within(ANSWER_TIMEOUT_MS, this.#client.query(text));
    const last = Array.isArray(result) ? result.at(-1) : result;
    return last.command;
  }

  /**
   * Exactly one statement, whatever the text holds: the extended protocol takes no more. The rows are dropped.
   * @throws StatementFailed
   */
  async runOne(text: string, timeoutMs: number): Promise<void> {
    // Sent as one, and read without being kept: with a listener and no callback the driver stores no rows.
    const config = { text, queryMode: 'extended' };
    const query = new Query(config);
    query.on('row', () => {});
    const over = Promise.withResolvers<void>();
    query.on('end', () => over.resolve());
    query.on('error', (error: Error) => over.reject(error));
    this.#client.query(query);
    await this.#within(timeoutMs, over.promise);
  }

  async #within<T>(timeoutMs: number, answer: Promise<T>): Promise<T> {
    const leftMs = Math.max(0, this.#deadline.remainingMs() - RESERVE_MS);
    const timer = setTimeout(this.#abort, Math.min(timeoutMs, leftMs));
    try {
      return await answer;
    } catch (error) {
      throw new StatementFailed(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** @param what was being done, to follow "while" */
export function explained(failed: StatementFailed, what: string): KeyturnError {
  const { sqlState } = failed;
  if (sqlState === undefined)
    return new KeyturnError('DATABASE_UNREACHABLE', `The connection was lost while ${what}.`);
  const said = `SQLSTATE ${sqlState} while ${what}.`;
  if (failed.transient) return new KeyturnError('DATABASE_BUSY', said, { sqlState });
  if (/^(08|57P)/.test(sqlState)) return new KeyturnError('DATABASE_UNREACHABLE', said, { sqlState });
  if (sqlState === '25006') return new KeyturnError('DATABASE_READ_ONLY', said, { sqlState });
  // Out of disk, memory or connections, a file error, a bug: the server's own trouble, which may pass.
  const retryable = /^(53|54|58|XX)/.test(sqlState);
  return new KeyturnError('DATABASE_REFUSED', `The server refused: ${said}`, { sqlState, retryable });
}

/** Runs `body`; what the database refused leaves as a KeyturnError. */
export async function explaining<T>(what: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw error instanceof StatementFailed ? explained(error, what) : error;
  }
}

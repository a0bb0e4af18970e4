/** Statements on one connection, and what may be said of one that failed: never its SQL nor the server's text. */
import type { Duplex } from 'node:stream';
import type { Connection, QueryError, RowDataPacket } from 'mysql2';
import type { Deadline } from '../../core/deadline.ts';
import { KeyturnError } from '../../core/errors.ts';

/** How long the client waits for an answer: longer than any time-out it sets on the server. */
const ANSWER_TIMEOUT_MS = 65_000;
/** Kept back to say what happened. */
const RESERVE_MS = 1_000;

/** Stays inside this folder; `explained` turns it into what may leave. The driver's own error holds the SQL. */
export class StatementFailed extends Error {
  /** The server's error number; absent when the connection was lost instead. */
  readonly number: number | undefined;
  readonly sqlState: string | undefined;
  /** Error 1290 is of any option; its name is never translated. */
  readonly readOnly: boolean;

  constructor(cause: unknown) {
    super('A statement failed.');
    this.number = errorNumber(cause);
    const { sqlState, message = '' } = (this.number === undefined ? {} : cause) as Partial<QueryError>;
    this.sqlState = sqlState;
    this.readOnly =
      READ_ONLY.has(this.number ?? 0) || (this.number === 1290 && /read[-_]only/i.test(message));
  }

  /** The same failure by the number of what led to it. */
  because(number: number): StatementFailed {
    return Object.assign(new StatementFailed(undefined), { number });
  }

  /** Somebody else's lock or change was in the way, so the same again may succeed. */
  get transient(): boolean {
    return TRANSIENT.has(this.number ?? 0);
  }
}

/** Lock waits, deadlocks, and statements ended for their time. */
const TRANSIENT: ReadonlySet<number> = new Set([1205, 1213, 1317, 1969, 3024]);

/** The number of a server's own error; the driver gives other numbers to faults of the network. */
export function errorNumber(cause: unknown): number | undefined {
  const server = cause instanceof Error && 'sqlState' in cause && typeof cause.sqlState === 'string';
  return server && 'errno' in cause && typeof cause.errno === 'number' ? cause.errno : undefined;
}

export class Statements {
  readonly #connection: Connection;
  readonly #deadline: Deadline;
  readonly #wire: Duplex;
  /** The driver does not tell every statement when the connection is lost. */
  readonly #lost: Promise<never>;

  constructor(connection: Connection, deadline: Deadline, wire: Duplex) {
    this.#connection = connection;
    this.#deadline = deadline;
    this.#wire = wire;
    const { promise, reject } = Promise.withResolvers<never>();
    this.#lost = promise;
    this.#lost.catch(() => {});
    wire.once('close', reject);
    if (wire.destroyed) reject();
  }

  /** @param values of `?`, put in by the server, never into the text @throws StatementFailed */
  async rows<Row extends object>(sql: string, values: readonly string[] = []): Promise<Row[]> {
    const found = await this.#within(
      ANSWER_TIMEOUT_MS,
      new Promise<RowDataPacket[]>((resolve, reject) => {
        const done = (error: QueryError | null, rows: RowDataPacket[]) =>
          error === null ? resolve(rows) : reject(error);
        if (values.length === 0) this.#connection.query<RowDataPacket[]>({ sql }, done);
        else this.#connection.execute<RowDataPacket[]>({ sql, values: [...values] }, done);
      }),
    );
    return Array.isArray(found) ? (found as unknown as Row[]) : [];
  }

  /** @throws StatementFailed */
  async row<Row extends object>(sql: string, values: readonly string[] = []): Promise<Row> {
    const [row] = await this.rows<Row>(sql, values);
    if (row === undefined) throw new StatementFailed(undefined);
    return row;
  }

  /** One statement without an answer. @throws StatementFailed */
  async run(sql: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<void> {
    // Rows are dropped one by one: with a listener and no callback the driver keeps none.
    const over = Promise.withResolvers<void>();
    const query = this.#connection.query({ sql });
    query.on('result', () => {});
    query.on('end', () => over.resolve());
    query.on('error', (error) => over.reject(error));
    await this.#within(timeoutMs, over.promise);
  }

  async #within<T>(timeoutMs: number, answer: Promise<T>): Promise<T> {
    const leftMs = Math.max(0, this.#deadline.remainingMs() - RESERVE_MS);
    const timer = setTimeout(() => this.#wire.destroy(), Math.min(timeoutMs, leftMs));
    try {
      return await Promise.race([answer, this.#lost]);
    } catch (error) {
      throw new StatementFailed(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** @param what was being done, to follow "while" */
export function explained(failed: StatementFailed, what: string): KeyturnError {
  const { number, sqlState, transient } = failed;
  if (number === undefined)
    return new KeyturnError('DATABASE_UNREACHABLE', `The connection was lost while ${what}.`);
  const said = `Error ${number} while ${what}.`;
  const detail = sqlState === undefined ? {} : { sqlState };
  if (transient) return new KeyturnError('DATABASE_BUSY', said, detail);
  if (UNREACHABLE.has(number)) return new KeyturnError('DATABASE_UNREACHABLE', said, detail);
  if (failed.readOnly) return new KeyturnError('DATABASE_READ_ONLY', said, detail);
  return new KeyturnError('DATABASE_REFUSED', `The server refused: ${said}`, {
    ...detail,
    retryable: TROUBLE.has(number),
  });
}

/** Shutting down, or this connection ended by the server. */
const UNREACHABLE: ReadonlySet<number> = new Set([1053, 1077, 1152, 1158, 1159, 1160, 1161, 1927, 4031]);
/** read_only, super_read_only, innodb_read_only: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const READ_ONLY: ReadonlySet<number> = new Set([1792, 1836, 1874]);
/** Out of disk, memory or resources: the server's own trouble, which may pass. */
const TROUBLE: ReadonlySet<number> = new Set([1021, 1030, 1037, 1038, 1040, 1041, 1114, 1135]);

/** Runs `body`; what the database refused leaves as a KeyturnError. */
export async function explaining<T>(what: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw error instanceof StatementFailed ? explained(error, what) : error;
  }
}

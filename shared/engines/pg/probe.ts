/** The one statement that a secret may name, run as the application would run it. */
import { KeyturnError } from '../../core/errors.ts';
import { StatementFailed, type Statements } from './statements.ts';

export const PROBE_TIMEOUT_MS = 5_000;

/** @param opening begins the transaction, read-only, and sets its time-outs. @throws KeyturnError PROBE_FAILED, DATABASE_UNREACHABLE */
export async function probe(sql: Statements, opening: readonly string[], text: string): Promise<void> {
  try {
    for (const statement of opening) await sql.run(statement);
    await sql.runOne(text, 2 * PROBE_TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof StatementFailed)) throw error;
    const { sqlState } = error;
    if (sqlState === undefined)
      throw new KeyturnError('DATABASE_UNREACHABLE', 'The connection was lost during the probe.');
    throw new KeyturnError('PROBE_FAILED', `SQLSTATE ${sqlState}.`, { sqlState });
  } finally {
    await sql.run('ROLLBACK').catch(() => {});
  }
}

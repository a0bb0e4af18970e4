/** Many small changes that commit one by one, within a time. */
import { KeyturnError } from '../core/errors.ts';

/**
 * What was given stays, so that even thousands of rights are given in the end, by one attempt after the other.
 * @param username who lacks these
 * @throws KeyturnError DEADLINE_TOO_CLOSE, and what `give` throws
 */
export async function giveInTime(
  username: string,
  statements: readonly string[],
  ms: number,
  give: (statement: string) => Promise<void>,
): Promise<void> {
  const end = performance.now() + ms;
  for (const [given, statement] of statements.entries()) {
    if (performance.now() > end)
      throw new KeyturnError(
        'DEADLINE_TOO_CLOSE',
        `${username} got ${given} of the ${statements.length} rights it lacked; the next attempt goes on.`,
      );
    await give(statement);
  }
}

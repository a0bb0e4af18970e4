/** Tells a password policy's refusal from all others. */
import { KeyturnError } from '../../core/errors.ts';
import { StatementFailed } from './statements.ts';

/**
 * A policy may use any SQLSTATE: passwordcheck says 22023, PL/pgSQL says P0001. What remains when missing rights,
 * locks, time-outs and the server's own trouble are taken away is the policy's.
 */
export function policyRefusal(error: unknown, username: string): KeyturnError | undefined {
  const sqlState = error instanceof StatementFailed ? error.sqlState : undefined;
  if (sqlState === undefined || /^(08|0A|25|40|42|53|54|55|57|58|XX)/.test(sqlState)) return undefined;
  return new KeyturnError('PASSWORD_REFUSED', `SQLSTATE ${sqlState} for the password of ${username}.`, {
    sqlState,
  });
}

/** A login's outcome in one line, for tables of expectations. */
import type { Login } from '../../shared/rotation/engine.ts';

export type { Login };

/** `accepted`, `accepted LOGIN_REFUSED 28000`, `rejected CREDENTIALS_REJECTED 28P01`, …; closes the session. */
export async function summary(login: Promise<Login>): Promise<string> {
  const made = await login;
  if (made.outcome === 'accepted' && made.session !== undefined) {
    await made.session[Symbol.asyncDispose]();
    return made.outcome;
  }
  const { code, sqlState } = made.problem;
  return [made.outcome, code, ...(sqlState === undefined ? [] : [sqlState])].join(' ');
}

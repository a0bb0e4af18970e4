/** Logins of tests, and their outcome in one line. */
import { deadlineIn } from '../../shared/core/deadline.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import type { DatabaseEngine, Login, Session, Target } from '../../shared/rotation/engine.ts';

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

export interface Logins {
  login(username: string, password: string, target?: Partial<Target>): Promise<Login>;
  /** The session of a login that must succeed. */
  session(username: string, password: string, target?: Partial<Target>): Promise<Session>;
}

/** @param database that the logins name, if any */
export function loginsTo(
  engine: DatabaseEngine,
  { host, port }: { readonly host: string; readonly port: number },
  database?: string,
): Logins {
  const login: Logins['login'] = (username, password, target) =>
    engine.login(
      { host, port, database, plaintext: false, ...target },
      { username, password: new Redacted(password) },
      { connectTimeoutMs: 10_000, deadline: deadlineIn(120_000) },
    );
  return {
    login,
    session: async (...args) => {
      const made = await login(...args);
      if (made.outcome === 'accepted' && made.session !== undefined) return made.session;
      throw made.problem;
    },
  };
}

/** One attempt at a login: what every engine does around its driver. */
import type { Duplex } from 'node:stream';
import { isKeyturnError, KeyturnError } from '../core/errors.ts';
import type { Credentials, Login, LoginLimits, Target } from '../rotation/engine.ts';
import { unlessAborted } from './wire.ts';

/** What differs from one engine to the next. */
export interface Authentication<W extends Duplex> {
  /** @returns what is wrong with a user name, to follow "The user name" */
  nameProblem(username: string): string | undefined;
  /** @throws KeyturnError when there is no connection, or none that may be used */
  open(signal: AbortSignal): Promise<W>;
  authenticate(wire: W, signal: AbortSignal): Promise<Login>;
}

/** Never throws: what is not the server's word on the credentials is `unknown`. */
export async function attemptLogin<W extends Duplex>(
  target: Target,
  credentials: Credentials,
  limits: LoginLimits,
  { nameProblem, open, authenticate }: Authentication<W>,
): Promise<Login> {
  const problem = unusable(target, credentials, nameProblem(credentials.username));
  if (problem) return { outcome: 'unknown', problem };
  const signal = AbortSignal.timeout(limits.connectTimeoutMs);
  const timedOut = unreachable(`No session within ${limits.connectTimeoutMs} ms.`);
  try {
    const wire = await open(signal);
    return await unlessAborted(signal, wire, timedOut, () => authenticate(wire, signal));
  } catch (error) {
    return { outcome: 'unknown', problem: signal.aborted ? timedOut : lostInLogin(error) };
  }
}

/** What would reach another place, or another user, than the one named. */
function unusable(
  target: Target,
  { password }: Credentials,
  nameProblem: string | undefined,
): KeyturnError | undefined {
  const invalid = (field: string, what: string) => new KeyturnError('SECRET_INVALID', what, { field });
  if (nameProblem !== undefined) return invalid('username', `The user name ${nameProblem}.`);
  if (target.host === '' || /[\0/]/.test(target.host)) return invalid('host', 'The host is not a host name.');
  if (target.database?.includes('\0')) return invalid('dbname', 'The database name holds a zero character.');
  if (password.satisfies((text) => text === '' || text.includes('\0')))
    return invalid('password', 'The password is empty or holds a zero character.');
  return undefined;
}

export const unreachable = (what: string) => new KeyturnError('DATABASE_UNREACHABLE', what);

/** An error of the driver or the network says no more than this: its message could quote what the server sent. */
export const lostInLogin = (error: unknown): KeyturnError =>
  isKeyturnError(error) ? error : unreachable('The server ended the connection during the login.');

/**
 * dual-password: the user keeps two passwords for a while, so that AWSCURRENT and AWSPENDING both log in and there is
 * no window. Of two passwords the server retains only the one that was primary, so the order of statements is all.
 */
import { isKeyturnError, KeyturnError } from '../../core/errors.ts';
import type { Session } from '../engine.ts';
import { guardOf, logIn, type Rotation, requireIdentity, requireWriter, sessionOf } from '../rotation.ts';
import type { DatabaseSecret } from '../secret.ts';
import { requireSameUser } from '../versions.ts';
import type { RotationStrategy, Versions } from './strategy.ts';

export const dualPassword: RotationStrategy = {
  nextUser: async (_rotation, current) => current.username,

  async set(rotation, versions) {
    requireSameUser(versions.current, versions.pending);
    // AWSPENDING comes first: once it logs in, retaining again would retain it, and AWSCURRENT would be dead.
    if (await isSet(rotation, versions.pending)) return;
    await using session = sessionOf(await logIn(rotation, versions.current));
    await requireIdentity(session, versions.pending.username);
    await requireWriter(session);
    await addPending(rotation, versions, session);
  },

  async verify() {},

  currentIsDead: false,
};

async function addPending(rotation: Rotation, versions: Versions, session: Session): Promise<void> {
  const { unsupportedBecause, mayRepeat } = await session.dualPassword();
  if (unsupportedBecause !== undefined) throw unsupported(session, unsupportedBecause);
  const { current, pending } = versions;
  const liveForm = session.passwordForm;
  const change = { username: pending.username, form: pending.options.password.send ?? liveForm, liveForm };
  const both = { ...change, password: pending.password, current: current.password, retain: true };
  try {
    await session.changePassword(both, guardOf(rotation));
  } catch (error) {
    if (!isKeyturnError(error, 'NOT_PRIMARY_PASSWORD')) throw error;
    if (await isSet(rotation, pending)) return;
    // A version that was given up has left its own password as the primary one, with AWSCURRENT retained. To retain
    // that one would drop AWSCURRENT, so AWSCURRENT is made the primary one first.
    if (!mayRepeat)
      throw unsupported(session, 'a password history forbids to set the password in use once more');
    await session.changePassword({ ...change, password: current.password }, guardOf(rotation));
    await session.changePassword(both, guardOf(rotation));
  }
}

/** Another attempt for the same version may have been faster. */
async function isSet(rotation: Rotation, pending: DatabaseSecret): Promise<boolean> {
  const login = await logIn(rotation, pending);
  if (login.outcome === 'unknown') throw login.problem;
  if (login.outcome === 'accepted') await login.session?.[Symbol.asyncDispose]();
  return login.outcome === 'accepted';
}

const unsupported = (session: Session, why: string): KeyturnError =>
  new KeyturnError('STRATEGY_UNSUPPORTED', `${session.server}: ${why}.`);

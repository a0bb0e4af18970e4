/** single-user: the user changes its own password, or a superuser changes it (`rotation.by`). */
import { KeyturnError } from '../../core/errors.ts';
import { refuseProtected, requireTarget } from '../authority.ts';
import type { Login, NewPassword, Session } from '../engine.ts';
import {
  guardOf,
  logIn,
  type Rotation,
  readPrevious,
  requireIdentity,
  requireWriter,
  sessionOf,
} from '../rotation.ts';
import type { DatabaseSecret } from '../secret.ts';
import { logInSuperuser, superuserOf } from '../superuser.ts';
import { requireSameUser, sameLogin } from '../versions.ts';
import { expiryOf } from './expiry.ts';
import type { RotationStrategy, Versions } from './strategy.ts';

export const singleUser: RotationStrategy = {
  async nextUser(rotation, current) {
    if (current.options.by === 'superuser') {
      requireTarget(rotation, current.username, current.target.host);
      await superuserOf(rotation, current);
    }
    return current.username;
  },

  async set(rotation, versions) {
    requireSameUser(versions.current, versions.pending);
    const login = await loginToChange(rotation, versions);
    if (login === 'pending') return;
    await using session = sessionOf(login);
    const { options, username, password } = versions.pending;
    await requireIdentity(session, username);
    const liveForm = session.passwordForm;
    const change = {
      ...{ username, password, liveForm, form: options.password.send ?? liveForm },
      ...expiryOf(versions.pending),
    };
    if (options.by === 'superuser') await changeAsSuperuser(rotation, versions, change);
    else await changeOwn(rotation, session, change);
  },

  async verify() {},

  currentIsDead: true,
};

/**
 * AWSCURRENT is tried first, so that the usual rotation makes no failing login. When it is rejected, an earlier
 * attempt may have set AWSPENDING; or, as AWS's functions also allow, AWSPREVIOUS is what the database holds.
 */
async function loginToChange(rotation: Rotation, { current, pending }: Versions): Promise<Login | 'pending'> {
  const asCurrent = await logIn(rotation, current);
  if (asCurrent.outcome !== 'rejected') return asCurrent;
  const asPending = await logIn(rotation, pending);
  if (asPending.outcome === 'unknown') throw asPending.problem;
  if (asPending.outcome === 'accepted') {
    await asPending.session?.[Symbol.asyncDispose]();
    return 'pending';
  }
  const asPrevious = await loginAsPrevious(rotation, pending);
  if (asPrevious !== undefined && asPrevious.outcome !== 'rejected') return asPrevious;
  throw new KeyturnError(
    'CREDENTIALS_REJECTED',
    `${current.target.host} rejects ${current.username} with the password of AWSCURRENT, AWSPENDING and AWSPREVIOUS.`,
  );
}

async function loginAsPrevious(rotation: Rotation, pending: DatabaseSecret): Promise<Login | undefined> {
  const previous = await readPrevious(rotation);
  return previous !== undefined && sameLogin(previous, pending) ? logIn(rotation, previous) : undefined;
}

async function changeOwn(rotation: Rotation, session: Session, change: NewPassword): Promise<void> {
  await requireWriter(session);
  await session.changePassword(change, guardOf(rotation));
}

async function changeAsSuperuser(
  rotation: Rotation,
  { current }: Versions,
  change: NewPassword,
): Promise<void> {
  requireTarget(rotation, current.username, current.target.host);
  await using superuser = await logInSuperuser(rotation, current);
  refuseProtected(change.username, await superuser.describeUser(change.username));
  await changeOwn(rotation, superuser, change);
}

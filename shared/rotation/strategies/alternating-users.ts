/**
 * alternating-users: two users take turns. The superuser sets up and rotates the standby; the live user is never
 * touched, so AWSCURRENT logs in at every instant.
 */
import { KeyturnError } from '../../core/errors.ts';
import { requireBound } from '../authority.ts';
import type { Pair, Rights, Session } from '../engine.ts';
import {
  guardOf,
  type Inquiry,
  logIn,
  type Rotation,
  readPrevious,
  requireWriter,
  sessionOf,
} from '../rotation.ts';
import type { DatabaseSecret } from '../secret.ts';
import { logInSuperuser, superuserOf } from '../superuser.ts';
import { isCloneName, otherOf, pairOf, requirePair, requireSameUser } from '../versions.ts';
import { expiryOf } from './expiry.ts';
import { differenceOf, scriptFor } from './rights.ts';
import type { RotationStrategy, Versions } from './strategy.ts';

export const alternatingUsers: RotationStrategy = {
  async nextUser(rotation, current) {
    const standby = otherOf(pairOf(current), current.username);
    rotation.engine.checkUsername(
      standby,
      current.options.users === undefined ? 'username' : 'rotation.users',
    );
    await refuseGuesses(rotation, current, standby);
    await superuserOf(rotation, current);
    return standby;
  },

  async set(rotation, versions) {
    const { current, pending } = versions;
    if (current.username === pending.username) return requireTakenOver(rotation, versions);
    const pair = requirePair(current, pending);
    const mark = { secretArn: rotation.secret.arn, users: pair.users };
    // The secret's own login comes first: whoever cannot make it has no claim on the pair.
    const live = await logIn(rotation, current);
    if (live.outcome !== 'accepted') throw live.problem;
    await using _session = live.session;
    const liveForm = live.session === undefined ? live.passwordForm : live.session.passwordForm;
    await using superuser = await logInSuperuser(rotation, current);
    await requireWriter(superuser);
    await requireBound(rotation, versions, mark, superuser);
    const { username, password, options } = pending;
    const form = options.password.send ?? liveForm;
    const change = { username, password, form, liveForm, ...expiryOf(pending) };
    const revokeSurplus = options.surplus === 'revoke';
    const plan = { ...change, live: current.username, pair, mark, revokeSurplus };
    const revoked = await superuser.convergeStandby(plan, guardOf(rotation));
    if (revoked.size > 0) rotation.facts.rightsRevoked = scriptFor(rotation, username, revoked);
  },

  async verify(rotation, versions, session) {
    // Secrets Manager tests a configuration with a copy of AWSCURRENT as AWSPENDING.
    if (versions.pending.username !== versions.current.username)
      await compareRights(rotation, versions, session);
  },

  currentIsDead: false,
};

/**
 * A late attempt of an older version may have been promoted after this version set the same user: AWSCURRENT is dead
 * then, and this version is what works, so that going on mends it.
 */
async function requireTakenOver(rotation: Rotation, { current, pending }: Versions): Promise<void> {
  requireSameUser(current, pending);
  const asPending = await logIn(rotation, pending);
  if (asPending.outcome !== 'accepted') throw asPending.problem;
  await asPending.session?.[Symbol.asyncDispose]();
}

/**
 * AWS decides by the function attached; here a user name must not change by surprise, and a user whose name just
 * happens to end in `_clone` must not take over the one without.
 */
async function refuseGuesses(rotation: Inquiry, current: DatabaseSecret, standby: string): Promise<void> {
  const { strategy, users } = current.options;
  const guessed = users === undefined && isCloneName(current.username);
  if (strategy !== undefined && !guessed) return;
  if ((await readPrevious(rotation))?.username === standby) return;
  if (strategy === undefined)
    throw new KeyturnError('STRATEGY_AMBIGUOUS', `${rotation.secret.name} has never used ${standby}.`, {
      field: 'rotation.strategy',
    });
  throw new KeyturnError(
    'SECRET_INVALID',
    `"username" ends in _clone, but AWSPREVIOUS does not name ${standby}; set "rotation.users" to the two users.`,
    { field: 'username' },
  );
}

async function compareRights(
  rotation: Rotation,
  { current, pending }: Versions,
  session: Session,
): Promise<void> {
  const pair = requirePair(current, pending);
  const wanted = await rightsOfLive(rotation, current, pair, session);
  const held = await session.effectiveRights(pending.username, pair);
  const { missing, surplus } = differenceOf(rotation, pending.username, { wanted, held });
  const { facts } = rotation;
  if (surplus.length > 0) facts.rightsSurplus = surplus;
  if (missing.length === 0) return;
  facts.rightsMissing = missing;
  if (current.options.rights === 'require')
    throw new KeyturnError(
      'RIGHTS_DIFFER',
      `${pending.username} lacks ${missing.length} right(s) of ${current.username}: ${missing.slice(0, 5).join('; ')}.`,
    );
}

/** Where users see only their own rights, the live user has to tell them itself. */
async function rightsOfLive(
  rotation: Rotation,
  current: DatabaseSecret,
  pair: Pair,
  standby: Session,
): Promise<Rights> {
  if (rotation.engine.seesOtherUsers) return standby.effectiveRights(current.username, pair);
  await using live = sessionOf(await logIn(rotation, current));
  return await live.effectiveRights(current.username, pair);
}

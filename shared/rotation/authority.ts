/**
 * Whom a superuser may act on. A secret's JSON alone never decides it: whoever may write the secret could name a
 * stranger's user, role or database.
 */
import { KeyturnError } from '../core/errors.ts';
import { matchesAny } from '../core/patterns.ts';
import type { Mark, Session, UserInfo } from './engine.ts';
import { type Inquiry, logIn, readPrevious, requireIdentity, sessionOf } from './rotation.ts';
import type { DatabaseSecret } from './secret.ts';
import { canonical, isClonePair, sameLogin } from './versions.ts';

/** @throws KeyturnError SUPERUSER_NOT_ALLOWED unless the deployment lists this user at this host. */
export function requireTarget(rotation: Inquiry, username: string, host: string): void {
  if (!isTarget(rotation, username, host))
    throw new KeyturnError(
      'SUPERUSER_NOT_ALLOWED',
      `${username}@${host} is not listed in KEYTURN_SUPERUSER_TARGETS.`,
    );
}

/** The user that a superuser is to act on: of AWSPENDING, or, while there is none, of the version to come. */
export interface Claim {
  readonly current: DatabaseSecret;
  readonly pending: DatabaseSecret | Pick<DatabaseSecret, 'username' | 'target'>;
}

/**
 * The standby must belong to this secret: it is marked, or the mark of the live user names it (where only others than
 * that user can have put it there), or AWSPREVIOUS or AWSPENDING logs in as it, or the deployment lists it, or it is the
 * live user's clone, still to be made. A mark of another secret outweighs all of these.
 * @param superuser the session that is about to change it
 * @throws KeyturnError USER_PROTECTED, USER_NOT_BOUND
 */
export async function requireBound(
  rotation: Inquiry,
  { current, pending }: Claim,
  mark: Mark,
  superuser: Session,
): Promise<void> {
  const standby = await superuser.describeUser(pending.username, mark);
  const live = await superuser.describeUser(current.username, mark);
  refuseProtected(pending.username, standby);
  refuseProtected(current.username, live);
  const bearers = [
    { username: pending.username, found: standby.mark },
    { username: current.username, found: live.mark },
  ];
  const witnesses = rotation.engine.usersMarkThemselves ? bearers.slice(0, 1) : bearers;
  const notBound = (username: string, why: string) => {
    const mayBear = witnesses.some((witness) => witness.username === username);
    const statement = mayBear ? superuser.markStatement(username, mark) : undefined;
    const how =
      statement === undefined
        ? `No mark can tell here: list ${pending.username}@${pending.target.host} in KEYTURN_SUPERUSER_TARGETS, if it is meant.`
        : `To bind it to ${rotation.secret.name}, as an administrator: ${statement}`;
    return new KeyturnError('USER_NOT_BOUND', `${username} ${why}. ${how}`);
  };
  for (const { username, found } of bearers)
    if (found !== undefined && found.secretArn !== mark.secretArn)
      throw notBound(username, `belongs to ${found.secretArn}`);
  const isNewClone = !standby.exists && isClonePair(mark.users);
  const bound =
    isNewClone ||
    witnesses.some(({ found }) => found !== undefined && sameUsers(found, mark)) ||
    isTarget(rotation, pending.username, pending.target.host) ||
    (await previousIs(rotation, { current, pending })) ||
    (standby.exists && 'password' in pending && (await isAccepted(rotation, pending)));
  if (bound) return;
  throw standby.exists
    ? notBound(pending.username, 'is bound to no secret')
    : notBound(current.username, `has no mark that names ${pending.username}, which is still to be made`);
}

/** @throws KeyturnError USER_PROTECTED */
export function refuseProtected(username: string, { protectedBecause }: UserInfo): void {
  if (protectedBecause !== undefined)
    throw new KeyturnError('USER_PROTECTED', `${username} ${protectedBecause}.`);
}

/** User and host are matched apart, or a `*` for the user would reach across an `@` in its name. */
function isTarget({ settings }: Inquiry, username: string, host: string): boolean {
  return settings.superuserTargets.some((target) => {
    const at = target.lastIndexOf('@');
    const hosts = [canonical(target.slice(at + 1))];
    return matchesAny([target.slice(0, at)], username) && matchesAny(hosts, canonical(host));
  });
}

const sameUsers = (found: Mark, mark: Mark): boolean =>
  mark.users.every((user) => found.users.includes(user));

/** Whether AWSPREVIOUS names the standby with a password that works: then it is this secret's user. */
async function previousIs(rotation: Inquiry, { pending }: Claim): Promise<boolean> {
  const previous = await readPrevious(rotation);
  if (previous === undefined || !sameLogin(previous, pending)) return false;
  return isAccepted(rotation, previous);
}

/**
 * Where nothing can be marked, an earlier attempt left nothing but a user with the pending password, who may have no
 * rights on the database yet. An anonymous user that the server puts in its place proves nothing.
 */
async function isAccepted(rotation: Inquiry, secret: DatabaseSecret): Promise<boolean> {
  const { target } = secret;
  const database = rotation.engine.connectsToDatabase ? target.database : undefined;
  const login = await logIn(rotation, { ...secret, target: { ...target, database } });
  if (login.outcome === 'unknown') throw login.problem;
  if (login.outcome === 'rejected') return false;
  await using session = sessionOf(login);
  await requireIdentity(session, secret.username);
  return true;
}

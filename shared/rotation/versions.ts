/** AWSCURRENT and AWSPENDING compared, before any connection is made with either. */
import { KeyturnError } from '../core/errors.ts';
import type { Pair, Target } from './engine.ts';
import type { DatabaseSecret } from './secret.ts';

const CLONE_SUFFIX = '_clone';

export const sameHost = (a: string, b: string): boolean => canonical(a) === canonical(b);

export const canonical = (host: string): string => host.toLowerCase().replace(/\.$/, '');

export const sameTarget = (a: Target, b: Target): boolean => sameHost(a.host, b.host) && a.port === b.port;

type User = Pick<DatabaseSecret, 'username' | 'target'>;

export const sameLogin = (a: User, b: User): boolean =>
  a.username === b.username && sameTarget(a.target, b.target);

/** @throws KeyturnError VERSIONS_DISAGREE */
export function requireSameUser(current: DatabaseSecret, pending: DatabaseSecret): void {
  requireSameTarget(current, pending);
  if (current.username !== pending.username)
    throw disagree(`AWSCURRENT is for user ${current.username}, AWSPENDING for ${pending.username}`);
}

/** @throws KeyturnError VERSIONS_DISAGREE when the two are not a pair of the secret's. */
export function requirePair(current: DatabaseSecret, pending: DatabaseSecret): Pair {
  requireSameTarget(current, pending);
  const pair = pairOf(current);
  if (current.username !== pending.username && pair.users.includes(pending.username)) return pair;
  throw disagree(`${current.username} and ${pending.username} are not a pair of this secret`);
}

/**
 * The users that take turns: `rotation.users`, or, as AWS's functions do it, a base and its `_clone`.
 * @throws KeyturnError SECRET_INVALID when `rotation.users` leaves the secret's own user out.
 */
export function pairOf({ username, options }: DatabaseSecret): Pair {
  const { users = suffixPair(username), ownerRole } = options;
  if (users.includes(username)) return { users, ownerRole };
  throw new KeyturnError(
    'SECRET_INVALID',
    `"rotation.users" does not name ${username}, the secret's own user.`,
    {
      field: 'rotation.users',
    },
  );
}

export const isCloneName = (username: string): boolean => username.endsWith(CLONE_SUFFIX);

/** A base and its clone, by their names. */
export const isClonePair = ([base, clone]: readonly [string, string]): boolean =>
  clone === base + CLONE_SUFFIX;

export const otherOf = ({ users: [a, b] }: Pair, username: string): string => (username === a ? b : a);

const suffixPair = (username: string): [string, string] =>
  isCloneName(username)
    ? [username.slice(0, -CLONE_SUFFIX.length), username]
    : [username, username + CLONE_SUFFIX];

function requireSameTarget(current: DatabaseSecret, pending: DatabaseSecret): void {
  if (!sameTarget(current.target, pending.target))
    throw disagree(`AWSCURRENT is for ${current.target.host}, AWSPENDING for ${pending.target.host}`);
}

const disagree = (what: string): KeyturnError => new KeyturnError('VERSIONS_DISAGREE', `${what}.`);

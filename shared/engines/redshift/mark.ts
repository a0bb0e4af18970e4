/**
 * The mark that binds a user to a secret: membership of a group named after both, since Redshift comments on no user.
 * A name has no room for an ARN, so it holds a digest of the secret and one of the users.
 */
import { createHash } from 'node:crypto';
import type { Mark } from '../../rotation/engine.ts';
import { quoteIdentifier } from './names.ts';

/** A group of an administrator's own naming is none. */
export const isMarkGroup = (group: string): boolean => /^keyturn_[\da-f]{20}_[\da-f]{20}$/.test(group);

/** E.g. `keyturn_0123456789abcdef0123_0123456789abcdef0123`. */
export const markGroup = ({ secretArn, users }: Mark): string =>
  `${ofSecret(secretArn)}${digest(JSON.stringify(users.toSorted()))}`;

const ofSecret = (arn: string): string => `keyturn_${digest(arn)}_`;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 20);

export const markStatement = (username: string, mark: Mark): string => {
  const group = quoteIdentifier(markGroup(mark));
  return `CREATE GROUP ${group}; ALTER GROUP ${group} ADD USER ${quoteIdentifier(username)};`;
};

/**
 * @param groups of the user
 * @returns `expected` when that is the user's mark; one that differs from it in what the group's name differs in
 */
export function readMark(groups: readonly string[], expected: Mark): Mark | undefined {
  const marks = groups.filter(isMarkGroup);
  const foreign = marks.find((group) => !group.startsWith(ofSecret(expected.secretArn)));
  if (foreign !== undefined) return { secretArn: othersBy(foreign), users: ['', ''] };
  if (marks.includes(markGroup(expected))) return expected;
  return marks.length > 0 ? { ...expected, users: ['', ''] } : undefined;
}

/** In the place of an ARN that nobody can tell from a digest. */
const othersBy = (group: string): string =>
  `another secret, by the group ${group} (ALTER GROUP ${quoteIdentifier(group)} DROP USER frees it)`;

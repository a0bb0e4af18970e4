/** Which users of which server a secret rotates, in the form of a tag's value: two secrets must not share one. */
import { createHash } from 'node:crypto';
import type { Target } from '../engine.ts';
import { canonical } from '../versions.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Tag.html */
const LONGEST = 256;

/**
 * E.g. `app app_clone@db.example.org:5432`. A character that no tag may hold, and those that part the value, are
 * written as `=` and the hexadecimal of their bytes in UTF-8.
 */
export function accountOf(users: readonly string[], { host, port }: Target): string {
  const at = `@${canonical(host)}:${port}`;
  const account = `${users.map(escaped).toSorted().join(' ')}${at}`;
  if (account.length <= LONGEST) return account;
  return `${users.map(digest).toSorted().join(' ')}@${digest(at)}`;
}

const escaped = (name: string): string =>
  [...Buffer.from(name)]
    .map((byte) => String.fromCharCode(byte))
    .map((char) => (/[A-Za-z0-9_.+/-]/.test(char) ? char : `=${hex(char)}`))
    .join('');

const hex = (char: string): string => char.charCodeAt(0).toString(16).padStart(2, '0');

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40);

/** Whether two accounts have a user in common. */
export function shareUser(one: string, other: string): boolean {
  const [a, b] = [parted(one), parted(other)];
  return a.at === b.at && a.users.some((user) => b.users.includes(user));
}

function parted(account: string): { readonly users: readonly string[]; readonly at: string } {
  const [users = '', at = ''] = account.split('@');
  return { users: users.split(' '), at };
}

/** Rights as lines of a script that a person may run as an administrator. */

const USER = '{user}';

/** A right, and the statement that takes it away, where one does. */
export type Line = readonly [gives: string, takes: string | undefined];

/** Rights held, each with what takes it away. */
export type Held = ReadonlyMap<string, string | undefined>;

/** @param takes text around the user's name, of the statement that takes the right away */
export function line(gives: Around, takes?: Around): Line {
  const taking = takes === undefined ? undefined : right(...takes);
  return [right(...gives), taking?.startsWith('--') ? undefined : taking];
}

/**
 * A right that may be handed on is two, so that whoever has both does not lack the one.
 * @param before what both statements begin with
 */
export function granted(privilege: string, object: string, grantable: boolean, before = ''): Line[] {
  const given = `${before}GRANT ${privilege} ON ${object} TO `;
  const taken = (what: string) => `${before}REVOKE ${what} ON ${object} FROM `;
  const plain = line([given], [taken(privilege)]);
  if (!grantable) return [plain];
  return [plain, line([given, ' WITH GRANT OPTION'], [taken(`GRANT OPTION FOR ${privilege}`)])];
}

type Around = readonly [before: string, after?: string];

/** Text around the user's name; a name that would break out of the statement makes it a note. */
function right(before: string, after = ''): string {
  return isSafe(before + after) ? `${before}${USER}${after}` : note(`${before}…${after}`);
}

/** What no single statement can give. */
export const note = (text: string): string => `-- ${isSafe(text) ? text : escaped(text)}`;

/** JSON leaves some of what breaks a line as it is. */
const escaped = (text: string): string =>
  JSON.stringify(text).replace(
    /[{\p{Cc}\u2028\u2029]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Names are chosen by whoever may create objects, and a person may run the script as an administrator. */
export const isSafe = (text: string): boolean => !text.includes(USER) && !/[\p{Cc}\u2028\u2029]/u.test(text);

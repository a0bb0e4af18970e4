/** Rights as lines of a script that a person may run as an administrator. */

const USER = '{user}';

/** Text around the user's name; a name that would break out of the statement makes it a note. */
export function right(before: string, after = ''): string {
  return isSafe(before + after) ? `${before}${USER}${after}` : note(`${before}…${after}`);
}

/** What no single statement can give. */
export const note = (text: string): string =>
  `-- ${isSafe(text) ? text : JSON.stringify(text).replaceAll('{', '\\u007b')}`;

/** Names are chosen by whoever may create objects, and a person may run the script as an administrator. */
const isSafe = (text: string): boolean => !text.includes(USER) && !/[\p{Cc}\u2028\u2029]/u.test(text);

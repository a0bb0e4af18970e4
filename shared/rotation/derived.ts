/**
 * Other keys of a secret that repeat its user or password, such as a connection URL. They would go stale at the
 * first rotation, so each is either rewritten, where the secret lists it in `rotation.derived`, or refused.
 */

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Shorter passwords turn up inside other text by chance. */
const TELLING_LENGTH = 8;

const USER_INFO = /(:\/\/)([^/?#@\s:]*)(?::([^/?#@\s]*))?@/g;
/** Of a URL's query; outside URLs there is no one way to escape a password. */
const PARAMETER = /([?&](?:user|username|password)=)([^&#\s]*)/gi;
/** Of connection strings of any kind, to find them. */
const ANY_PARAMETER = /(?:^|[?&;\s])(?:user|username|uid|user id|password|pwd|pass)=([^&;#\s]*)/gi;

const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.:-]*:\/\/\S*$/i.test(text);

/** Whether `text` holds the password anywhere. */
export const holdsPassword = (text: string, { password }: Login): boolean =>
  loginParts(text).includes(password) ||
  (password.length >= TELLING_LENGTH &&
    (text.includes(password) || text.includes(encodeURIComponent(password))));

/** Whether `text` names the user, where a URL or a connection string does. */
export const namesUser = (text: string, { username }: Login): boolean => loginParts(text).includes(username);

/** Whether `rewrite` leaves nothing of `login` in `text`. */
export const canRewrite = (text: string, login: Login): boolean => {
  const rewritten = rewrite(text, login, { username: '', password: '' });
  return isUrl(text) && !holdsPassword(rewritten, login) && !namesUser(rewritten, login);
};

export function rewrite(text: string, from: Login, to: Login): string {
  const swap = (part: string): string => {
    if (decoded(part) === from.password) return encodeURIComponent(to.password);
    return decoded(part) === from.username ? encodeURIComponent(to.username) : part;
  };
  return text
    .replace(USER_INFO, (_all, scheme: string, user: string, password: string | undefined) =>
      password === undefined ? `${scheme}${swap(user)}@` : `${scheme}${swap(user)}:${swap(password)}@`,
    )
    .replace(PARAMETER, (_all, key: string, value: string) => key + swap(value));
}

function loginParts(text: string): string[] {
  const parts = [
    ...[...text.matchAll(USER_INFO)].flatMap(([, , user = '', password = '']) => [user, password]),
    ...[...text.matchAll(ANY_PARAMETER)].map(([, value = '']) => value),
  ];
  return parts.filter((part) => part !== '').flatMap((part) => [part, decoded(part)]);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

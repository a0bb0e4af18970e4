/** Users, groups and roles: what PostgreSQL has otherwise, or not at all. */
import { stored } from './credentials.ts';
import { type Asker, NAME, Refused, type Shape, shape } from './shapes.ts';
import { CREDENTIAL, VALID_UNTIL } from './views.ts';

const PASSWORD = "(?: with)? password (?:'([^']*)'|(disable))";
const EXPIRY = "(?: valid until '([^']*)')?";

export const USER_STATEMENTS: readonly Shape[] = [
  {
    page: 'r_CREATE_USER.html',
    pattern: shape(
      `create user (${NAME})${PASSWORD}${EXPIRY}((?: createdb| nocreatedb| createuser| nocreateuser| connection limit (?:\\d+|unlimited)| in group ${NAME}(?:,\\s*${NAME})*)*)`,
    ),
    translate: ([, name = '', password, , until, options = ''], asker) => ({
      sql: [`CREATE USER ${name}${optionsOf(options)}`, ...keeping(name, password, until, asker)],
      tag: 'CREATE USER',
    }),
  },
  {
    page: 'r_ALTER_USER.html',
    pattern: shape(`alter user (${NAME})${PASSWORD}${EXPIRY}`),
    translate: ([, name = '', password, disabled, until], asker) => ({
      sql: disabled === undefined ? keeping(name, password, until, asker) : [disabling(name, asker)],
      tag: 'ALTER USER',
    }),
  },
  {
    page: 'r_ALTER_USER.html',
    pattern: shape(`alter user (${NAME})((?: createdb| nocreatedb| createuser| nocreateuser)+)`),
    translate: ([, name = '', options = '']) => ({
      sql: [`ALTER USER ${name}${optionsOf(options)}`],
      tag: 'ALTER USER',
    }),
  },
  {
    page: 'r_ALTER_USER.html',
    pattern: shape(`alter user ${NAME} set (?!redshift)\\w+(?:\\.\\w+)? (?:to|=) .+`),
  },
  { page: 'r_DROP_USER.html', pattern: shape(`drop user(?: if exists)? ${NAME}`) },
  { page: 'r_CREATE_GROUP.html', pattern: shape(`create group ${NAME}(?: with user ${NAME})?`) },
  { page: 'r_ALTER_GROUP.html', pattern: shape(`alter group ${NAME} (?:add|drop) user ${NAME}`) },
  { page: 'r_DROP_GROUP.html', pattern: shape(`drop group ${NAME}`) },
  {
    page: 'r_CREATE_ROLE.html',
    pattern: shape(`create role (${NAME})`),
    translate: ([, name = '']) => ({ sql: [`CREATE ROLE ${name} NOLOGIN CONNECTION LIMIT 0`] }),
  },
  { page: 'r_DROP_ROLE.html', pattern: shape(`drop role ${NAME}`) },
  {
    page: 'r_GRANT.html',
    pattern: shape(`grant role (${NAME}) to (?:role )?(${NAME})( with admin option)?`),
    translate: ([, role = '', to = '', option = '']) => ({
      sql: [`GRANT ${role} TO ${to}${option}`],
      tag: 'GRANT',
    }),
  },
  {
    page: 'r_REVOKE.html',
    pattern: shape(`revoke role (${NAME}) from (?:role )?(${NAME})`),
    translate: ([, role = '', from = '']) => ({ sql: [`REVOKE ${role} FROM ${from}`], tag: 'REVOKE' }),
  },
  {
    page: 'r_GRANT.html',
    pattern: shape(`grant (?:create|alter|drop) user to role (${NAME})`),
    translate: ([, role = '']) => ({ sql: [`ALTER ROLE ${role} CREATEROLE`], tag: 'GRANT' }),
  },
];

/** CREATEUSER makes a superuser, as in PostgreSQL 8.0. */
const optionsOf = (options: string): string =>
  options
    .replace(/\bnocreateuser\b/i, 'NOSUPERUSER')
    .replace(/\bcreateuser\b/i, 'SUPERUSER')
    .replace(/\bconnection\s+limit\s+unlimited\b/i, 'CONNECTION LIMIT -1');

/** The password as a setting of the user, which it may change for itself, and others may not. */
function keeping(
  name: string,
  password: string | undefined,
  until: string | undefined,
  asker: Asker,
): string[] {
  if (password === undefined) return [];
  requireSuperuser(until !== undefined, asker);
  const kept = keptOf(unquoted(name), password);
  return [
    ...(until === undefined ? [] : [`ALTER USER ${name} SET ${VALID_UNTIL} = '${until}'`]),
    `ALTER USER ${name} SET ${CREDENTIAL} = '${kept}'`,
  ];
}

function keptOf(username: string, password: string): string {
  try {
    return stored(username, password);
  } catch (error) {
    throw new Refused('22023', error instanceof Error ? error.message : 'password refused');
  }
}

function disabling(name: string, asker: Asker): string {
  requireSuperuser(true, asker);
  return `ALTER USER ${name} RESET ${CREDENTIAL}`;
}

function requireSuperuser(needed: boolean, { superuser }: Asker): void {
  if (needed && !superuser) throw new Refused('42501', 'permission denied');
}

const unquoted = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();

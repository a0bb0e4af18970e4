/** What a user is, and what it belongs to. */
import type { Mark, UserInfo } from '../../rotation/engine.ts';
import type { Statements } from '../pg/statements.ts';
import { readMark } from './mark.ts';
import { quoteIdentifier } from './names.ts';
import { ROLES } from './rights-sql.ts';

/** @throws StatementFailed */
export async function describeUser(
  sql: Statements,
  username: string,
  expected: Mark | undefined,
): Promise<UserInfo> {
  const [user] = await sql.rows<User>(USER, [username]);
  if (user === undefined) return { exists: false, protectedBecause: undefined, mark: undefined };
  return {
    exists: true,
    protectedBecause: await protection(sql, username, user),
    mark: expected && readMark(await groupsOf(sql, username), expected),
  };
}

interface User {
  readonly usesuper: boolean;
  readonly self: boolean;
}

/** Users and groups are for superusers. @throws StatementFailed */
export async function missingGrants(sql: Statements, usernames: readonly string[]): Promise<string[]> {
  const [me] = await sql.rows<{ name: string; usesuper: boolean }>(ME);
  if (me === undefined || me.usesuper || usernames.every((name) => name === me.name)) return [];
  return [`ALTER USER ${quoteIdentifier(me.name)} CREATEUSER;`];
}

const ME = 'SELECT usename AS name, usesuper FROM pg_user WHERE usename = session_user';

/** https://docs.aws.amazon.com/redshift/latest/dg/r_PG_USER.html */
const USER = 'SELECT usesuper, usename = session_user AS self FROM pg_user WHERE usename = $1';

/** @throws StatementFailed */
export async function groupsOf(sql: Statements, username: string): Promise<string[]> {
  const rows = await sql.rows<{ groname: string }>(GROUPS, [username]);
  return rows.map(({ groname }) => groname);
}

/** https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_GROUP.html says who is in a group; the catalogue lists it. */
const GROUPS = `SELECT groname FROM pg_group, pg_user
  WHERE usesysid = ANY (grolist) AND usename = $1`;

async function protection(sql: Statements, username: string, user: User): Promise<string | undefined> {
  if (user.usesuper) return 'is a superuser';
  if (user.self) return "is the superuser secret's own user";
  const powers = await powersOf(sql, username);
  return powers.length === 0 ? undefined : `may ${powers.join(', ')} by a role`;
}

/** System permissions that belong to administrators, of every role the user has, itself or through another. */
async function powersOf(sql: Statements, username: string): Promise<string[]> {
  const held = new Set(
    (await sql.rows<{ role_name: string }>(ROLES, [username])).map(({ role_name }) => role_name),
  );
  if (held.size === 0) return [];
  const grants = await sql.rows<RoleGrant>(ROLES_OF_ROLES);
  // A set goes on to what is added meanwhile.
  for (const role of held)
    for (const { role_name, granted_role_name } of grants)
      if (role_name === role) held.add(granted_role_name);
  const powers = (await sql.rows<Power>(POWERS)).filter(({ identity_name }) => held.has(identity_name));
  const named = ADMINISTRATORS.filter((role) => held.has(role)).map((role) => `act as ${role}`);
  return [...new Set([...named, ...powers.map(({ system_privilege }) => system_privilege)])].sort();
}

interface RoleGrant {
  readonly role_name: string;
  readonly granted_role_name: string;
}

interface Power {
  readonly identity_name: string;
  readonly system_privilege: string;
}

/** https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_ROLE_GRANTS.html */
const ROLES_OF_ROLES = 'SELECT role_name, granted_role_name FROM svv_role_grants';

/** Whatever their permissions are: https://docs.aws.amazon.com/redshift/latest/dg/r_roles-default.html */
const ADMINISTRATORS = ['sys:superuser', 'sys:secadmin'] as const;

/** https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_SYSTEM_PRIVILEGES.html */
const POWERS = `SELECT identity_name, system_privilege FROM svv_system_privileges
  WHERE identity_type = 'role'
    AND system_privilege IN ('CREATE USER', 'ALTER USER', 'DROP USER', 'CREATE ROLE', 'DROP ROLE')`;

/** What to grant when the server refused a change of a user for want of rights. */
import { KeyturnError } from '../../core/errors.ts';
import type { Statements } from '../pg/statements.ts';
import { quoteIdentifier } from './names.ts';

interface Facts {
  readonly me: string;
  readonly administers: boolean;
  readonly restricted: boolean;
  readonly lacking: readonly string[];
}

/**
 * Asked after the refusal and not before it, because a service may allow its own administrators more than
 * PostgreSQL does.
 * @param roles those that the change needs rights over
 */
export async function denied(sql: Statements, roles: readonly string[], what: string): Promise<KeyturnError> {
  const facts = await sql.row<Facts>(FACTS, [roles]);
  const grants = grantsFor(facts, roles);
  const advice =
    grants.length === 0
      ? 'No missing grant was found; its own role settings or an extension may be the reason.'
      : `As an administrator: ${grants.join(' ')}`;
  return new KeyturnError(
    'DATABASE_REFUSED',
    `${facts.me} was refused (SQLSTATE 42501) while ${what}. ${advice}`,
    { sqlState: '42501' },
  );
}

/** @throws StatementFailed */
export const missingGrants = async (sql: Statements, roles: readonly string[]): Promise<string[]> =>
  grantsFor(await sql.row<Facts>(FACTS, [roles]), roles);

function grantsFor(facts: Facts, roles: readonly string[]): string[] {
  const me = quoteIdentifier(facts.me);
  const others = roles.some((role) => role !== facts.me);
  return [
    ...(facts.restricted ? [`GRANT rds_password TO ${me};`] : []),
    ...(others && !facts.administers ? [`ALTER ROLE ${me} CREATEROLE;`] : []),
    ...facts.lacking.map((role) => `GRANT ${quoteIdentifier(role)} TO ${me} WITH ADMIN OPTION;`),
  ];
}

/**
 * From PostgreSQL 16 on, CREATEROLE reaches only roles held WITH ADMIN OPTION:
 * https://www.postgresql.org/docs/16/role-attributes.html
 * With rds.restrict_password_commands, passwords are for members of rds_password:
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.RestrictPasswordMgmt.html
 */
const FACTS = `
  SELECT session_user::text AS me,
    my.rolsuper OR my.rolcreaterole AS administers,
    lower(coalesce(current_setting('rds.restrict_password_commands', true), 'off')) IN ('on', '1', 'true', 'yes')
      AND NOT EXISTS (SELECT FROM pg_roles r
        WHERE r.rolname = 'rds_password' AND pg_has_role(session_user, r.oid, 'MEMBER')) AS restricted,
    ARRAY(SELECT r.rolname::text FROM pg_roles r
      WHERE current_setting('server_version_num')::int >= 160000
        AND r.rolname = ANY ($1) AND r.rolname <> session_user
        AND NOT pg_has_role(session_user, r.oid, 'MEMBER WITH ADMIN OPTION') ORDER BY 1) AS lacking
  FROM pg_roles my WHERE my.rolname = session_user`;

/** What a user is, and the mark that binds it to a secret. */
import { escapeLiteral } from 'pg';
import { KeyturnError } from '../../core/errors.ts';
import type { Mark, UserInfo } from '../../rotation/engine.ts';
import type { Statements } from '../pg/statements.ts';
import { quoteIdentifier } from './names.ts';

export interface User extends UserInfo {
  readonly canLogin: boolean;
  readonly comment: string | undefined;
}

interface Row {
  readonly super: boolean;
  readonly createrole: boolean;
  readonly replication: boolean;
  readonly self: boolean;
  readonly login: boolean;
  readonly powers: readonly string[];
  readonly comment: string | null;
}

/** @throws StatementFailed */
export async function describeUser(sql: Statements, username: string): Promise<User> {
  const [row] = await sql.rows<Row>(DESCRIBE, [username, POWERFUL]);
  if (row === undefined) return NOBODY;
  return {
    exists: true,
    protectedBecause: protection(row),
    canLogin: row.login,
    comment: row.comment ?? undefined,
    mark: row.comment === null ? undefined : parseMark(row.comment),
  };
}

const NOBODY: User = {
  exists: false,
  protectedBecause: undefined,
  canLogin: false,
  comment: undefined,
  mark: undefined,
};

/** Roles by which a member becomes the server's administrator, or logs in otherwise than by password. */
const POWERFUL = [
  'rds_superuser',
  'rds_iam',
  'rds_ad',
  'rds_replication',
  'pg_execute_server_program',
  'pg_read_server_files',
  'pg_write_server_files',
];

/** Any membership counts, inherited or not: a member can use it. */
const DESCRIBE = `
  SELECT u.rolsuper AS super, u.rolcreaterole AS createrole, u.rolreplication AS replication,
    u.rolname = session_user AS self, u.rolcanlogin AS login,
    ARRAY(SELECT g.rolname::text FROM pg_roles g
      WHERE (g.rolsuper OR g.rolcreaterole OR g.rolreplication OR g.rolname = ANY ($2))
        AND pg_has_role(u.oid, g.oid, 'MEMBER') ORDER BY 1) AS powers,
    shobj_description(u.oid, 'pg_authid') AS comment
  FROM pg_roles u WHERE u.rolname = $1`;

function protection(row: Row): string | undefined {
  if (row.super) return 'is a superuser';
  if (row.self) return "is the superuser secret's own user";
  if (row.createrole) return 'may create roles (CREATEROLE)';
  if (row.replication) return 'may replicate (REPLICATION)';
  if (row.powers.length > 0) return `is a member of ${row.powers.join(', ')}`;
  return undefined;
}

/** A role's comment, in one line, e.g. `keyturn: {"secret":"arn:…","users":["app","app_clone"]}`. */
const MARK = 'keyturn: ';

const markText = ({ secretArn, users }: Mark): string =>
  `${MARK}${JSON.stringify({ secret: secretArn, users })}`;

export const markStatement = (username: string, mark: Mark): string =>
  `COMMENT ON ROLE ${quoteIdentifier(username)} IS ${escapeLiteral(markText(mark)).trimStart()}`;

/**
 * A comment of somebody else's stays as it is.
 * @throws KeyturnError USER_NOT_BOUND for the mark of another secret
 */
export async function writeMark(sql: Statements, username: string, mark: Mark): Promise<void> {
  const { comment, mark: found } = await describeUser(sql, username);
  if (found !== undefined && found.secretArn !== mark.secretArn)
    throw new KeyturnError('USER_NOT_BOUND', `${username} belongs to ${found.secretArn}.`);
  const ours = comment === undefined || comment.startsWith(MARK);
  if (ours && comment !== markText(mark)) await sql.run(markStatement(username, mark));
}

function parseMark(comment: string): Mark | undefined {
  if (!comment.startsWith(MARK)) return undefined;
  try {
    return readMark(JSON.parse(comment.slice(MARK.length)));
  } catch {
    return undefined;
  }
}

function readMark(value: unknown): Mark | undefined {
  if (typeof value !== 'object' || value === null || !('secret' in value) || !('users' in value))
    return undefined;
  const { secret, users } = value;
  if (typeof secret !== 'string' || !Array.isArray(users) || users.length !== 2) return undefined;
  const [first, second]: unknown[] = users;
  if (typeof first !== 'string' || typeof second !== 'string') return undefined;
  return { secretArn: secret, users: [first, second] };
}

/**
 * Rights in effect, as the statements that would give them. What a user holds through a role counts as much as
 * what it was granted itself, because that is how the users of a pair hold their rights.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Pair, Rights } from '../../rotation/engine.ts';
import { note, right } from '../pg/script.ts';
import type { Statements } from '../pg/statements.ts';
import { quoteIdentifier } from './names.ts';
import {
  ACL_ENTRIES,
  ATTRIBUTES,
  DEFAULT_ACLS,
  ELSEWHERE,
  MAPPINGS,
  MEMBERSHIPS,
  OWNED,
  POLICIES,
} from './rights-sql.ts';
import { type Setting, setClause, settingsOf } from './settings.ts';

/**
 * Reads the catalogues only, so any user may ask about any other.
 * @param version as in `server_version_num`
 */
export async function effectiveRights(
  sql: Statements,
  version: number,
  username: string,
  pair: Pair,
): Promise<Rights> {
  const of = [username];
  const rights = [
    ...(await sql.rows<Membership>(MEMBERSHIPS(version), [username, pair.users])).flatMap(
      membershipStatements(version),
    ),
    ...(await sql.rows<Acl>(ACL_ENTRIES(version), of)).map(aclStatement),
    ...(await sql.rows<DefaultAcl>(DEFAULT_ACLS, of)).map(defaultAclStatement),
    ...(await sql.rows<Owned>(OWNED, of)).map(ownerStatement),
    ...(await sql.rows<Attributes>(ATTRIBUTES, of)).flatMap(attributeStatements),
    ...(await settingsOf(sql, username)).map(settingStatement),
    ...(await sql.rows<Named>(MAPPINGS, of)).map(({ name }) =>
      right('CREATE USER MAPPING FOR ', ` SERVER ${name}`),
    ),
    ...(await sql.rows<Policy>(POLICIES, of)).map(({ name, on }) =>
      note(`policy ${name} on ${on} is for this user`),
    ),
    ...(await sql.rows<Elsewhere>(ELSEWHERE, of)).map(({ role, database }) =>
      note(`rights of ${role} in database ${database}`),
    ),
  ];
  return new Set(rights);
}

interface Named {
  readonly name: string;
}

interface Membership extends Named {
  readonly usage: boolean;
  readonly set: boolean;
  readonly admin: boolean;
}

/** From 16 on a membership says apart whether rights are inherited and whether SET ROLE is allowed. */
const membershipStatements =
  (version: number) =>
  (held: Membership): string[] => [
    ...(held.usage ? [right(`GRANT ${held.name} TO `, version >= 160000 ? ' WITH INHERIT TRUE' : '')] : []),
    ...(held.set
      ? [right(`GRANT ${held.name} TO `, version >= 160000 ? ' WITH SET TRUE' : ' /* for SET ROLE */')]
      : []),
    ...(held.admin ? [right(`GRANT ${held.name} TO `, ' WITH ADMIN OPTION')] : []),
  ];

interface Acl {
  readonly type: string;
  readonly identity: string;
  readonly column: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
}

function aclStatement({ type, identity, column, privilege, grantable }: Acl): string {
  const columns = column === null ? '' : ` (${column})`;
  const object = `${GRANT_WORDS[type] ?? type.toUpperCase()} ${identity}`;
  return right(`GRANT ${privilege}${columns} ON ${object} TO `, option(grantable));
}

const option = (grantable: boolean): string => (grantable ? ' WITH GRANT OPTION' : '');

/** Where GRANT says otherwise than pg_identify_object. */
const GRANT_WORDS: Readonly<Record<string, string>> = {
  view: 'TABLE',
  'materialized view': 'TABLE',
  'foreign table': 'TABLE',
  aggregate: 'FUNCTION',
  'foreign-data wrapper': 'FOREIGN DATA WRAPPER',
  server: 'FOREIGN SERVER',
  'parameter ACL': 'PARAMETER',
};

interface DefaultAcl {
  readonly creator: string;
  readonly schema: string | null;
  readonly objects: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

function defaultAclStatement({ creator, schema, objects, privilege, grantable }: DefaultAcl): string {
  const where = schema === null ? '' : ` IN SCHEMA ${schema}`;
  const what = DEFAULT_ACL_WORDS[objects] ?? objects;
  return right(
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${creator}${where} GRANT ${privilege} ON ${what} TO `,
    option(grantable),
  );
}

const DEFAULT_ACL_WORDS: Readonly<Record<string, string>> = {
  r: 'TABLES',
  S: 'SEQUENCES',
  f: 'FUNCTIONS',
  T: 'TYPES',
  n: 'SCHEMAS',
  L: 'LARGE OBJECTS',
};

interface Owned {
  readonly type: string;
  readonly identity: string;
  readonly owner: string;
}

function ownerStatement({ type, identity, owner }: Owned): string {
  // An extension's owner changes only with all that its owner has.
  if (type === 'extension') return right(`REASSIGN OWNED BY ${owner} TO `, ` /* extension ${identity} */`);
  return right(`ALTER ${OWNER_WORDS[type] ?? type.toUpperCase()} ${identity} OWNER TO `);
}

const OWNER_WORDS: Readonly<Record<string, string>> = {
  'foreign-data wrapper': 'FOREIGN DATA WRAPPER',
  'statistics object': 'STATISTICS',
};

interface Attributes {
  /** CREATEDB and the like. */
  readonly words: readonly string[];
  readonly connections: number;
  readonly until: string;
}

const attributeStatements = ({ words, connections, until }: Attributes): string[] =>
  [...words, `CONNECTION LIMIT ${connections}`, `VALID UNTIL '${until}'`].map((attribute) =>
    right('ALTER ROLE ', ` ${attribute}`),
  );

/** A setting of the application's own (with a dot in its name) may hold a secret; its value is only compared. */
function settingStatement(setting: Setting): string {
  if (!setting.name.includes('.')) return right('ALTER ROLE ', setClause(setting));
  const digest = createHmac('sha256', WITHHELD).update(setting.value).digest('hex').slice(0, 12);
  const where = setting.database === undefined ? '' : ` in database ${quoteIdentifier(setting.database)}`;
  return note(`setting ${setting.name}${where}, value withheld (${digest})`);
}

interface Policy extends Named {
  readonly on: string;
}

interface Elsewhere {
  readonly role: string;
  readonly database: string;
}

/** Digests are compared within one process only, so nobody can try values against them. */
const WITHHELD = randomBytes(32);

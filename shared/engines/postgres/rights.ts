/**
 * Rights in effect, as the statements that would give them. What a user holds through a role counts as much as
 * what it was granted itself, because that is how the users of a pair hold their rights.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Pair, Rights } from '../../rotation/engine.ts';
import type { Statements } from '../pg/statements.ts';
import { granted, type Held, type Line, line, note } from '../script.ts';
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
export const effectiveRights = async (
  sql: Statements,
  version: number,
  username: string,
  pair: Pair,
): Promise<Rights> => new Set((await heldRights(sql, version, username, pair)).keys());

/** What was made by a membership goes with the membership, for which surplus.ts knows the grantor. */
export async function heldRights(
  sql: Statements,
  version: number,
  username: string,
  pair: Pair,
): Promise<Held> {
  const of = [username];
  return new Map([
    ...(await sql.rows<Membership>(MEMBERSHIPS(version), [username, pair.users])).flatMap(
      membershipLines(version),
    ),
    ...(await sql.rows<Acl>(ACL_ENTRIES(version), of)).flatMap(aclLines),
    ...(await sql.rows<DefaultAcl>(DEFAULT_ACLS, of)).flatMap(defaultAclLines),
    ...(await sql.rows<Owned>(OWNED, of)).map(ownerLine),
    ...(await sql.rows<Attributes>(ATTRIBUTES, of)).flatMap(attributeLines),
    ...(await settingsOf(sql, username)).map(settingLine),
    ...(await sql.rows<Named>(MAPPINGS, of)).map(({ name }) =>
      line(['CREATE USER MAPPING FOR ', ` SERVER ${name}`]),
    ),
    ...(await sql.rows<Policy>(POLICIES, of)).map(({ name, on }) =>
      noted(`policy ${name} on ${on} is for this user`),
    ),
    ...(await sql.rows<Elsewhere>(ELSEWHERE, of)).map(({ role, database }) =>
      noted(`rights of ${role} in database ${database}`),
    ),
  ]);
}

const noted = (text: string): Line => [note(text), undefined];

interface Named {
  readonly name: string;
}

interface Membership extends Named {
  readonly usage: boolean;
  readonly set: boolean;
  readonly admin: boolean;
}

/** From 16 on a membership says apart whether rights are inherited and whether SET ROLE is allowed. */
const membershipLines =
  (version: number) =>
  (held: Membership): Line[] => {
    const grant = (after: string) => line([`GRANT ${held.name} TO `, after]);
    return [
      ...(held.usage ? [grant(version >= 160000 ? ' WITH INHERIT TRUE' : '')] : []),
      ...(held.set ? [grant(version >= 160000 ? ' WITH SET TRUE' : ' /* for SET ROLE */')] : []),
      ...(held.admin ? [grant(' WITH ADMIN OPTION')] : []),
    ];
  };

interface Acl {
  readonly type: string;
  readonly identity: string;
  readonly column: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
}

function aclLines({ type, identity, column, privilege, grantable }: Acl): Line[] {
  const columns = column === null ? '' : ` (${column})`;
  const object = `${GRANT_WORDS[type] ?? type.toUpperCase()} ${identity}`;
  return granted(`${privilege}${columns}`, object, grantable);
}

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

function defaultAclLines({ creator, schema, objects, privilege, grantable }: DefaultAcl): Line[] {
  const where = schema === null ? '' : ` IN SCHEMA ${schema}`;
  const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${creator}${where} `;
  return granted(privilege, DEFAULT_ACL_WORDS[objects] ?? objects, grantable, defaults);
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

function ownerLine({ type, identity, owner }: Owned): Line {
  // An extension's owner changes only with all that its owner has.
  if (type === 'extension') return line([`REASSIGN OWNED BY ${owner} TO `, ` /* extension ${identity} */`]);
  return line([`ALTER ${OWNER_WORDS[type] ?? type.toUpperCase()} ${identity} OWNER TO `]);
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

const attributeLines = ({ words, connections, until }: Attributes): Line[] =>
  [...words, `CONNECTION LIMIT ${connections}`, `VALID UNTIL '${until}'`].map((attribute) =>
    line(['ALTER ROLE ', ` ${attribute}`]),
  );

/** A setting of the application's own (with a dot in its name) may hold a secret; its value is only compared. */
function settingLine(setting: Setting): Line {
  if (!setting.name.includes('.')) return line(['ALTER ROLE ', setClause(setting)]);
  const digest = createHmac('sha256', WITHHELD).update(setting.value).digest('hex').slice(0, 12);
  const where = setting.database === undefined ? '' : ` in database ${quoteIdentifier(setting.database)}`;
  return noted(`setting ${setting.name}${where}, value withheld (${digest})`);
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

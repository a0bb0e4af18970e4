/**
 * What a user holds by itself, as the statements that would give it. What comes through a group or a role shows as the
 * membership.
 */
import type { Rights } from '../../rotation/engine.ts';
import type { Statements } from '../pg/statements.ts';
import { granted, type Held, type Line, line, note } from '../script.ts';
import { isMarkGroup } from './mark.ts';
import { quoteIdentifier } from './names.ts';
import {
  COLUMNS,
  type ColumnPrivilege,
  CREATEDB,
  DATABASE,
  DATASHARES,
  DEFAULTS,
  type DefaultPrivilege,
  type Flag,
  FUNCTIONS,
  type FunctionPrivilege,
  LANGUAGES,
  MODELS,
  OTHER_DATABASES,
  OWNED,
  type Owned,
  type Privilege,
  RELATIONS,
  ROLES,
  type Role,
  SCHEMAS,
  SETTINGS,
} from './rights-sql.ts';
import { groupsOf } from './users.ts';

/** Users other than superusers see only their own. @throws StatementFailed */
export async function effectiveRights(sql: Statements, username: string): Promise<Rights> {
  return new Set([
    ...(await carriedRights(sql, username)).keys(),
    ...(await otherRights(sql, username)).keys(),
  ]);
}

/** Those that a standby is given, and that may be taken from it. @throws StatementFailed */
export async function carriedRights(sql: Statements, username: string): Promise<Held> {
  const of = [username];
  const groups = (await groupsOf(sql, username)).filter((group) => !isMarkGroup(group));
  return new Map([
    ...(await sql.rows(CREATEDB, of)).map(() =>
      line(['ALTER USER ', ' CREATEDB'], ['ALTER USER ', ' NOCREATEDB']),
    ),
    ...groups.map((group) => {
      const alter = `ALTER GROUP ${quoteIdentifier(group)}`;
      return line([`${alter} ADD USER `], [`${alter} DROP USER `]);
    }),
    ...(await sql.rows<Role>(ROLES, of)).flatMap(roleLines),
    ...(await sql.rows<Privilege>(DATABASE, of)).flatMap(onObject('DATABASE')),
    ...(await sql.rows<Privilege>(SCHEMAS, of)).flatMap(onObject('SCHEMA')),
    ...(await sql.rows<Privilege>(RELATIONS, of)).flatMap(onObject('TABLE')),
  ]);
}

/** Those that a person has to give, if they are meant. */
async function otherRights(sql: Statements, username: string): Promise<Held> {
  const of = [username];
  return new Map([
    ...(await sql.rows<Privilege>(OTHER_DATABASES, of)).flatMap(onObject('DATABASE')),
    ...(await sql.rows<ColumnPrivilege>(COLUMNS, of)).flatMap(onColumn),
    ...(await sql.rows<FunctionPrivilege>(FUNCTIONS, of)).flatMap(onFunction),
    ...(await sql.rows<Privilege>(LANGUAGES, of)).flatMap(onObject('LANGUAGE')),
    ...(await sql.rows<Privilege>(MODELS, of)).flatMap(onObject('MODEL')),
    ...(await sql.rows<Privilege>(DATASHARES, of)).flatMap(onObject('DATASHARE')),
    ...(await sql.rows<DefaultPrivilege>(DEFAULTS, of)).flatMap(defaultLines),
    ...(await sql.rows<Owned>(OWNED, of)).map((owned) => noted(`owns ${owned.kind} ${nameOf(owned)}`)),
    ...(await sql.rows<{ useconfig: string[] }>(SETTINGS, of)).flatMap(({ useconfig }) =>
      useconfig.map(settingLine),
    ),
  ]);
}

const noted = (text: string): Line => [note(text), undefined];

/** The option alone cannot be taken: the role goes with it, and is given again. */
function roleLines({ role_name, admin_option }: Role): Line[] {
  const role = quoteIdentifier(role_name);
  const grant = `GRANT ROLE ${role} TO `;
  const revoke = `REVOKE ROLE ${role} FROM `;
  const plain = line([grant], [revoke]);
  return isSet(admin_option) ? [plain, line([grant, ' WITH ADMIN OPTION'], [revoke])] : [plain];
}

const onObject =
  (kind: string) =>
  (found: Privilege): Line[] =>
    onNamed(found.privilege_type, `${kind} ${nameOf(found)}`, found.admin_option);

const onColumn = (found: ColumnPrivilege): Line[] =>
  onNamed(found.privilege_type, `TABLE ${nameOf(found)}`, false, ` (${quoteIdentifier(found.column_name)})`);

const onFunction = (found: FunctionPrivilege): Line[] =>
  onNamed(found.privilege_type, `FUNCTION ${nameOf(found)}(${found.argument_types})`, found.admin_option);

/** The server's word for a privilege goes into a statement as it is, so it must be one. */
const onNamed = (privilege: string, object: string, admin: Flag | undefined, columns = ''): Line[] =>
  WORDS.test(privilege)
    ? granted(`${privilege}${columns}`, object, isSet(admin))
    : [noted(`GRANT ${privilege}${columns} ON ${object} TO `)];

const WORDS = /^[A-Z]+( [A-Z]+)*$/;

const isSet = (flag: Flag | undefined): boolean => /^t/i.test(String(flag));

/** Names come from the catalogue, and are quoted as they are there. */
const nameOf = ({ namespace_name, name }: { namespace_name?: string | null; name: string }): string =>
  [...(namespace_name == null ? [] : [namespace_name]), name].map(quoteIdentifier).join('.');

function defaultLines(found: DefaultPrivilege): Line[] {
  const { owner_name, schema_name, object_type, privilege_type, admin_option } = found;
  const where = schema_name ? ` IN SCHEMA ${quoteIdentifier(schema_name)}` : '';
  const defaults = `ALTER DEFAULT PRIVILEGES FOR USER ${quoteIdentifier(owner_name)}${where} `;
  return granted(privilege_type, OBJECTS[object_type] ?? object_type, isSet(admin_option), defaults);
}

const OBJECTS: Readonly<Record<string, string>> = {
  RELATION: 'TABLES',
  FUNCTION: 'FUNCTIONS',
  PROCEDURE: 'PROCEDURES',
};

/** E.g. `search_path=sales, public`. One of the application's own (with a dot in its name) may hold a secret. */
function settingLine(setting: string): Line {
  const [name = ''] = setting.split('=');
  return noted(name.includes('.') ? `setting ${name}, value withheld` : `setting ${setting}`);
}

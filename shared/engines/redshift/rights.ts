/**
 * What a user holds by itself, as the statements that would give it. What comes through a group or a role shows as the
 * membership.
 */
import type { Rights } from '../../rotation/engine.ts';
import { note, right } from '../pg/script.ts';
import type { Statements } from '../pg/statements.ts';
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
  return (await carriedRights(sql, username)).union(await otherRights(sql, username));
}

/** Those that a standby is given. @throws StatementFailed */
export async function carriedRights(sql: Statements, username: string): Promise<Rights> {
  const of = [username];
  const groups = (await groupsOf(sql, username)).filter((group) => !isMarkGroup(group));
  return new Set([
    ...(await sql.rows(CREATEDB, of)).map(() => right('ALTER USER ', ' CREATEDB')),
    ...groups.map((group) => right(`ALTER GROUP ${quoteIdentifier(group)} ADD USER `)),
    ...(await sql.rows<Role>(ROLES, of)).flatMap(({ role_name, admin_option }) =>
      withOption(`GRANT ROLE ${quoteIdentifier(role_name)} TO `, ' WITH ADMIN OPTION', admin_option),
    ),
    ...(await sql.rows<Privilege>(DATABASE, of)).flatMap(onObject('DATABASE')),
    ...(await sql.rows<Privilege>(SCHEMAS, of)).flatMap(onObject('SCHEMA')),
    ...(await sql.rows<Privilege>(RELATIONS, of)).flatMap(onObject('TABLE')),
  ]);
}

/** Those that a person has to give, if they are meant. */
async function otherRights(sql: Statements, username: string): Promise<Rights> {
  const of = [username];
  return new Set([
    ...(await sql.rows<Privilege>(OTHER_DATABASES, of)).flatMap(onObject('DATABASE')),
    ...(await sql.rows<ColumnPrivilege>(COLUMNS, of)).flatMap(onColumn),
    ...(await sql.rows<FunctionPrivilege>(FUNCTIONS, of)).flatMap(onFunction),
    ...(await sql.rows<Privilege>(LANGUAGES, of)).flatMap(onObject('LANGUAGE')),
    ...(await sql.rows<Privilege>(MODELS, of)).flatMap(onObject('MODEL')),
    ...(await sql.rows<Privilege>(DATASHARES, of)).flatMap(onObject('DATASHARE')),
    ...(await sql.rows<DefaultPrivilege>(DEFAULTS, of)).flatMap(defaultStatement),
    ...(await sql.rows<Owned>(OWNED, of)).map((owned) => note(`owns ${owned.kind} ${nameOf(owned)}`)),
    ...(await sql.rows<{ useconfig: string[] }>(SETTINGS, of)).flatMap(({ useconfig }) =>
      useconfig.map(settingNote),
    ),
  ]);
}

const onObject =
  (kind: string) =>
  (found: Privilege): string[] =>
    granted(found.privilege_type, `${kind} ${nameOf(found)}`, found.admin_option);

const onColumn = (found: ColumnPrivilege): string[] =>
  granted(found.privilege_type, `TABLE ${nameOf(found)}`, false, ` (${quoteIdentifier(found.column_name)})`);

const onFunction = (found: FunctionPrivilege): string[] =>
  granted(found.privilege_type, `FUNCTION ${nameOf(found)}(${found.argument_types})`, found.admin_option);

/** The server's word for a privilege goes into a statement as it is, so it must be one. */
function granted(privilege: string, object: string, admin: Flag | undefined, columns = ''): string[] {
  const statement = `GRANT ${privilege}${columns} ON ${object} TO `;
  return WORDS.test(privilege) ? withOption(statement, ' WITH GRANT OPTION', admin) : [note(statement)];
}

/** A right that may be handed on is two, so that whoever has both does not lack the one. */
const withOption = (statement: string, option: string, admin: Flag | undefined): string[] =>
  isSet(admin) ? [right(statement), right(statement, option)] : [right(statement)];

const WORDS = /^[A-Z]+( [A-Z]+)*$/;

const isSet = (flag: Flag | undefined): boolean => /^t/i.test(String(flag));

/** Names come from the catalogue, and are quoted as they are there. */
const nameOf = ({ namespace_name, name }: { namespace_name?: string | null; name: string }): string =>
  [...(namespace_name == null ? [] : [namespace_name]), name].map(quoteIdentifier).join('.');

function defaultStatement(found: DefaultPrivilege): string[] {
  const { owner_name, schema_name, object_type, privilege_type, admin_option } = found;
  const where = schema_name ? ` IN SCHEMA ${quoteIdentifier(schema_name)}` : '';
  const defaults = `ALTER DEFAULT PRIVILEGES FOR USER ${quoteIdentifier(owner_name)}${where}`;
  const statement = `${defaults} GRANT ${privilege_type} ON ${OBJECTS[object_type] ?? object_type} TO `;
  return withOption(statement, ' WITH GRANT OPTION', admin_option);
}

const OBJECTS: Readonly<Record<string, string>> = {
  RELATION: 'TABLES',
  FUNCTION: 'FUNCTIONS',
  PROCEDURE: 'PROCEDURES',
};

/** E.g. `search_path=sales, public`. One of the application's own (with a dot in its name) may hold a secret. */
function settingNote(setting: string): string {
  const [name = ''] = setting.split('=');
  return note(name.includes('.') ? `setting ${name}, value withheld` : `setting ${setting}`);
}

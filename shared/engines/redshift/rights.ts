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
    ...(await sql.rows<Role>(ROLES, of)).map(({ role_name, admin_option }) =>
      right(`GRANT ROLE ${quoteIdentifier(role_name)} TO `, isSet(admin_option) ? ' WITH ADMIN OPTION' : ''),
    ),
    ...(await sql.rows<Privilege>(DATABASE, of)).map(onObject('DATABASE')),
    ...(await sql.rows<Privilege>(SCHEMAS, of)).map(onObject('SCHEMA')),
    ...(await sql.rows<Privilege>(RELATIONS, of)).map(onObject('TABLE')),
  ]);
}

/** Those that a person has to give, if they are meant. */
async function otherRights(sql: Statements, username: string): Promise<Rights> {
  const of = [username];
  return new Set([
    ...(await sql.rows<Privilege>(OTHER_DATABASES, of)).map(onObject('DATABASE')),
    ...(await sql.rows<ColumnPrivilege>(COLUMNS, of)).map(onColumn),
    ...(await sql.rows<FunctionPrivilege>(FUNCTIONS, of)).map(onFunction),
    ...(await sql.rows<Privilege>(LANGUAGES, of)).map(onObject('LANGUAGE')),
    ...(await sql.rows<Privilege>(MODELS, of)).map(onObject('MODEL')),
    ...(await sql.rows<Privilege>(DATASHARES, of)).map(onObject('DATASHARE')),
    ...(await sql.rows<DefaultPrivilege>(DEFAULTS, of)).map(defaultStatement),
    ...(await sql.rows<Owned>(OWNED, of)).map((owned) => note(`owns ${owned.kind} ${nameOf(owned)}`)),
    ...(await sql.rows<{ useconfig: string[] }>(SETTINGS, of)).flatMap(({ useconfig }) =>
      useconfig.map(settingNote),
    ),
  ]);
}

const onObject =
  (kind: string) =>
  (found: Privilege): string =>
    granted(found.privilege_type, `${kind} ${nameOf(found)}`, found.admin_option);

const onColumn = (found: ColumnPrivilege): string =>
  granted(found.privilege_type, `TABLE ${nameOf(found)}`, false, ` (${quoteIdentifier(found.column_name)})`);

const onFunction = (found: FunctionPrivilege): string =>
  granted(found.privilege_type, `FUNCTION ${nameOf(found)}(${found.argument_types})`, found.admin_option);

/** The server's word for a privilege goes into a statement as it is, so it must be one. */
function granted(
  privilege: string,
  object: string,
  admin: boolean | string | undefined,
  columns = '',
): string {
  const statement = `GRANT ${privilege}${columns} ON ${object} TO `;
  if (!WORDS.test(privilege)) return note(statement);
  return right(statement, isSet(admin) ? ' WITH GRANT OPTION' : '');
}

const WORDS = /^[A-Z]+( [A-Z]+)*$/;

const isSet = (flag: boolean | string | undefined): boolean => /^t/i.test(String(flag));

/** Names come from the catalogue, and are quoted as they are there. */
const nameOf = ({ namespace_name, name }: { namespace_name?: string | null; name: string }): string =>
  [...(namespace_name == null ? [] : [namespace_name]), name].map(quoteIdentifier).join('.');

function defaultStatement(found: DefaultPrivilege): string {
  const { owner_name, schema_name, object_type, privilege_type, admin_option } = found;
  const where = schema_name ? ` IN SCHEMA ${quoteIdentifier(schema_name)}` : '';
  return right(
    `ALTER DEFAULT PRIVILEGES FOR USER ${quoteIdentifier(owner_name)}${where} GRANT ${privilege_type} ON ${OBJECTS[object_type] ?? object_type} TO `,
    isSet(admin_option) ? ' WITH GRANT OPTION' : '',
  );
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

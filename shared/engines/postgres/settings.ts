/** A role's own settings: `ALTER ROLE … [IN DATABASE …] SET`. They are not inherited. */
import { escapeLiteral } from 'pg';
import type { Statements } from '../pg/statements.ts';
import { quoteIdentifier } from './names.ts';

export interface Setting {
  /** Absent: in every database. */
  readonly database: string | undefined;
  readonly name: string;
  readonly value: string;
}

/** @throws StatementFailed */
export async function settingsOf(sql: Statements, username: string): Promise<Setting[]> {
  const rows = await sql.rows<{ database: string | null; line: string }>(SETTINGS, [username]);
  return rows.map(({ database, line }) => {
    const [name = '', ...value] = line.split('=');
    return { database: database ?? undefined, name, value: value.join('=') };
  });
}

const SETTINGS = `
  SELECT d.datname::text AS database, line
  FROM pg_db_role_setting s JOIN pg_roles u ON u.oid = s.setrole
    LEFT JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS line
  WHERE u.rolname = $1 ORDER BY 1 NULLS FIRST, 2`;

export const setStatement = (username: string, setting: Setting): string =>
  `ALTER ROLE ${quoteIdentifier(username)}${setClause(setting)}`;

/** `setStatement` up to its value, for a setting with one. */
export const setBefore = (username: string, setting: Setting): string =>
  `ALTER ROLE ${quoteIdentifier(username)}${inDatabase(setting)} SET ${settingName(setting.name)} = `;

export const resetStatement = (username: string, setting: Setting): string =>
  `ALTER ROLE ${quoteIdentifier(username)}${inDatabase(setting)} RESET ${settingName(setting.name)}`;

/** What follows the user's name in `ALTER ROLE`. */
export const setClause = (setting: Setting): string =>
  `${inDatabase(setting)} SET ${settingName(setting.name)} = ${settingValue(setting)}`;

export const sameSetting = (a: Setting, b: Setting): boolean =>
  a.name === b.name && a.database === b.database;

const inDatabase = ({ database }: Setting): string =>
  database === undefined ? '' : ` IN DATABASE ${quoteIdentifier(database)}`;

const settingName = (name: string): string => name.split('.').map(quoteIdentifier).join('.');

/** A list is stored as written, with its quotes; as one literal it would become one long name. */
const settingValue = ({ name, value }: Setting): string =>
  LISTS.has(name.toLowerCase()) ? listItems(value).map(literal).join(', ') : literal(value);

/** Those of which PostgreSQL quotes each item, the same that pg_dump knows; extensions cannot add any. */
const LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

function listItems(list: string): string[] {
  const items = [...list.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^",]+))\s*(?:,|$)/g)];
  return items.map(([, quoted, bare = '']) => quoted?.replaceAll('""', '"') ?? bare.trim());
}

/** The driver puts a space before a literal with a backslash. */
const literal = (text: string): string => escapeLiteral(text).trimStart();

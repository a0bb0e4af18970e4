/**
 * The statements that the gateway takes: those whose form stands in AWS's SQL reference, as far as a rotation and its
 * tests use them. Whatever has another form is a syntax error here.
 */
import { type Asker, NAME, Refused, type Shape, shape, syntaxError, type Translation } from './shapes.ts';
import { USER_STATEMENTS } from './user-statements.ts';
import { SYSTEM_SCHEMAS } from './views.ts';

const OBJECT = `${NAME}(?:\\.${NAME})?`;
const VALUE = `(?:'[^']*'|${NAME}|-?\\d+)`;
const PRIVILEGES = '[a-z]+(?: [a-z]+)*(?:,\\s*[a-z]+(?: [a-z]+)*)*';

const PLAIN: readonly Shape[] = [
  {
    page: 'r_BEGIN.html',
    pattern: shape('(?:begin|start)(?: work| transaction)?(?: read only| read write)?'),
  },
  { page: 'r_COMMIT.html', pattern: shape('(?:commit|end)(?: work| transaction)?') },
  { page: 'r_ROLLBACK.html', pattern: shape('(?:rollback|abort)(?: work| transaction)?') },
  {
    page: 'r_SET.html',
    pattern: shape(`set (?:search_path|statement_timeout|timezone) (?:to|=) ${VALUE}(?:,\\s*${VALUE})*`),
    translate: ([sql]) => ({ sql: [withSystemViews(sql)] }),
  },
  { page: 'r_RESET.html', pattern: shape('reset (?:search_path|statement_timeout|timezone)') },
  { page: 'r_CREATE_SCHEMA.html', pattern: shape(`create schema ${NAME}`) },
  { page: 'r_CREATE_TABLE_NEW.html', pattern: shape(`create table ${OBJECT} \\([\\w ,"()]+\\)`) },
  { page: 'r_CREATE_VIEW.html', pattern: shape(`create view ${OBJECT} as select .+`) },
  { page: 'r_INSERT_30.html', pattern: shape(`insert into ${OBJECT} values \\(.+\\)`) },
  {
    page: 'r_GRANT.html',
    pattern: shape(
      `grant ${PRIVILEGES}(?: \\(${NAME}\\))? on (?:table |schema |database |language |function )?${OBJECT}(?:\\([\\w ,]*\\))? to (?:group |role )?${NAME}(?: with grant option)?`,
    ),
    translate: ([sql]) => ({ sql: [withoutKind(sql)] }),
  },
  {
    page: 'r_REVOKE.html',
    pattern: shape(
      `revoke (?:grant option for )?${PRIVILEGES} on (?:table |schema |database |language |function )?${OBJECT}(?:\\([\\w ,]*\\))? from (?:group |role )?${NAME}`,
    ),
    translate: ([sql]) => ({ sql: [withoutKind(sql)] }),
  },
  {
    page: 'r_ALTER_DEFAULT_PRIVILEGES.html',
    pattern: shape(
      `alter default privileges(?: for user ${NAME})?(?: in schema ${NAME})? grant ${PRIVILEGES} on (?:tables|functions) to ${NAME}`,
    ),
    translate: ([sql]) => ({ sql: [sql.replace(/\bfor\s+user\b/i, 'FOR ROLE')] }),
  },
  { page: 'r_ALTER_TABLE.html', pattern: shape(`alter table ${OBJECT} owner to ${NAME}`) },
];

/** The views stand in a schema of their own, right before PostgreSQL's catalogue. */
function withSystemViews(sql: string): string {
  const [, set, path = ''] = /^(set\s+search_path\s+(?:to|=))\s+(.+)$/is.exec(sql) ?? [];
  if (set === undefined) return sql;
  const schemas = path.split(',').map((schema) => schema.trim());
  return `${set} ${[...schemas.filter((schema) => schema !== 'pg_catalog'), SYSTEM_SCHEMAS].join(', ')}`;
}

/** PostgreSQL knows groups and roles by their names alone. */
const withoutKind = (sql: string): string =>
  sql.replace(/\b(to|from)\s+(?:group|role)\s+(?=["a-z_])/i, '$1 ');

/** https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions.html, as far as they are asked for. */
const FUNCTIONS = new Set(['version', 'current_database', 'count', 'any', 'in']);

/** https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_system-tables.html, likewise. */
const SYSTEM_RELATIONS =
  /^(pg_(user|group|class|namespace|proc|database)|svv_(user_grants|role_grants|(system|database|schema|relation|column|function|language|ml_model|datashare|default)_privileges))$/;

/** What PostgreSQL learned after 8.0, or Redshift has not; a cast is refused because no query of a rotation has one. */
const FOREIGN = /\b(lateral|for\s+update|is\s+(not\s+)?distinct|filter|over|tablesample)\b|::|\$\$/i;

const SELECT: Shape = {
  page: 'r_SELECT_synopsis.html',
  pattern: /^select\s.+$/is,
  translate: ([sql]) => {
    const bare = sql.replace(/'[^']*'/g, "''");
    const words = (pattern: RegExp) => [...bare.matchAll(pattern)].map(([, word = '']) => word.toLowerCase());
    const called = words(/([a-z_]\w*)\s*\(/gi).find((name) => !FUNCTIONS.has(name));
    if (called !== undefined) throw new Refused('42883', `function ${called} does not exist`);
    const read = words(/\b((?:pg_|svv_|stv_|stl_|svl_|sys_|redshift\b)\w*)/gi).find(
      (name) => !SYSTEM_RELATIONS.test(name),
    );
    if (read !== undefined) throw new Refused('42P01', `relation "${read}" does not exist`);
    const foreign = FOREIGN.exec(bare);
    if (foreign !== null) throw syntaxError(foreign[0]);
    return { sql: [sql] };
  },
};

const SHAPES: readonly Shape[] = [...PLAIN, ...USER_STATEMENTS, SELECT];

/** @throws Refused */
export function translated(text: string, asker: Asker): Translation {
  const sql = text.trim().replace(/;$/, '').trim();
  if (sql === '') return { sql: [''] };
  if (sql.replace(/'[^']*'|"[^"]*"/g, '').includes(';')) throw syntaxError(';');
  for (const { pattern, translate } of SHAPES) {
    const found = pattern.exec(sql);
    if (found !== null) return translate?.(found, asker) ?? { sql: [sql] };
  }
  throw syntaxError(/^\s*(\S+)/.exec(sql)?.[1] ?? '');
}

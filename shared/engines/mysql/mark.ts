/**
 * The mark that binds a user to a secret: a key of its attribute, which came with MySQL 8.0.21. MariaDB has no place
 * for one: https://dev.mysql.com/doc/refman/8.4/en/information-schema-user-attributes-table.html
 */
import type { Mark } from '../../rotation/engine.ts';
import { type Account, quoteAccount, quoteText } from './names.ts';
import type { Server } from './server.ts';
import type { Statements } from './statements.ts';

export const keepsMarks = ({ product, atLeast }: Server): boolean => product === 'mysql' && atLeast(8, 0, 21);

export const attributeOf = ({ secretArn, users }: Mark): string =>
  `ATTRIBUTE ${quoteText(JSON.stringify({ keyturn: { secret: secretArn, users } }))}`;

export const markStatement = (username: string, mark: Mark): string =>
  `ALTER USER ${quoteAccount({ user: username, host: '%' })} ${attributeOf(mark)}`;

/** Of the first of the accounts that has one. @throws StatementFailed */
export async function readMark(sql: Statements, username: string): Promise<Mark | undefined> {
  const rows = await sql.rows<{ attribute: string | null }>(
    'SELECT ATTRIBUTE AS attribute FROM information_schema.user_attributes WHERE USER = ? ORDER BY HOST',
    [username],
  );
  return rows.map(({ attribute }) => parse(attribute)).find((mark) => mark !== undefined);
}

/** The rest of the attribute is kept: the server merges. @throws StatementFailed */
export const writeMark = (sql: Statements, account: Account, mark: Mark): Promise<void> =>
  sql.run(`ALTER USER ${quoteAccount(account)} ${attributeOf(mark)}`);

function parse(attribute: string | null): Mark | undefined {
  if (attribute === null) return undefined;
  try {
    return readKey(JSON.parse(attribute));
  } catch {
    return undefined;
  }
}

function readKey(value: unknown): Mark | undefined {
  const key = isObject(value) ? value['keyturn'] : undefined;
  if (!isObject(key) || typeof key['secret'] !== 'string' || !Array.isArray(key['users'])) return undefined;
  const [first, second, ...more]: unknown[] = key['users'];
  if (typeof first !== 'string' || typeof second !== 'string' || more.length > 0) return undefined;
  return { secretArn: key['secret'], users: [first, second] };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

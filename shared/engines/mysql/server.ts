/**
 * Which product answers. A version does not tell: MariaDB's 10 is older than MySQL's 9, and its administrator may have it
 * say anything. Only MariaDB carries out a comment that begins with M: https://mariadb.com/kb/en/comment-syntax/
 */
import type { Statements } from './statements.ts';

export interface Server {
  readonly product: 'mysql' | 'mariadb';
  /** Product and version, e.g. `MySQL 9.7.4`. */
  readonly label: string;
  /** Whether the version is this one or later. */
  atLeast(...version: readonly [number, number, number]): boolean;
}

/** MySQL 5.7 has none. */
export const hasRoles = ({ product, atLeast }: Server): boolean => product === 'mariadb' || atLeast(8, 0, 0);

/** @throws StatementFailed */
export async function askServer(sql: Statements): Promise<Server> {
  const { version, mariadb } = await sql.row<{ version: string; mariadb: number }>(
    'SELECT VERSION() AS version, 0 /*M! + 1 */ AS mariadb',
  );
  const product = Number(mariadb) === 1 ? 'mariadb' : 'mysql';
  const numbers = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [0, 0, 0];
  return {
    product,
    label: `${product === 'mysql' ? 'MySQL' : 'MariaDB'} ${numbers.join('.')}`,
    atLeast: (...wanted) => compare(numbers, wanted) >= 0,
  };
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = b.findIndex((part, index) => part !== a[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

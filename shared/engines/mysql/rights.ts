/** What an account may do, and under which conditions. */
import { type Held, parseConditions, parseGrants } from './grants.ts';
import { type Account, quoteAccount } from './names.ts';
import { hasRoles, type Server } from './server.ts';
import type { Statements } from './statements.ts';

/** To whoever may read the system's tables. @throws StatementFailed */
export const rightsOf = (sql: Statements, account: Account): Promise<Held> =>
  read(sql, quoteAccount(account), account.user);

/** A session's own; without its roles, whose rights would be listed as if they were the user's. @throws StatementFailed */
export async function ownRights(sql: Statements, server: Server, { user }: Account): Promise<Held> {
  const listsRoles = server.product === 'mysql' && hasRoles(server);
  if (listsRoles) await sql.run('SET ROLE NONE');
  const rights = await read(sql, 'CURRENT_USER()', user);
  if (listsRoles) await sql.run('SET ROLE DEFAULT');
  return rights;
}

async function read(sql: Statements, who: string, user: string): Promise<Held> {
  const lines = async (statement: string) =>
    (await sql.rows<Record<string, string>>(statement)).map((row) => Object.values(row)[0] ?? '');
  const grants = parseGrants(await lines(`SHOW GRANTS FOR ${who}`), user);
  const [account = ''] = await lines(`SHOW CREATE USER ${who}`);
  return new Map([...grants, ...parseConditions(account)]);
}

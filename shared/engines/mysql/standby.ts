/**
 * Makes the standby what the live user is. Each statement commits itself here, so each leaves a state that the next
 * attempt completes: the account with its password and its mark first, in one statement, then what it lacks.
 */
import { KeyturnError } from '../../core/errors.ts';
import type { Guard, Rights, StandbyPlan } from '../../rotation/engine.ts';
import { giveInTime } from '../in-time.ts';
import { toldOfChange } from './denial.ts';
import { attributeOf, keepsMarks, writeMark } from './mark.ts';
import { type Account, quoteAccount } from './names.ts';
import { type Asker, changePassword, identifiedBy, limitWaits, type Methods } from './password.ts';
import { rightsOf } from './rights.ts';
import { StatementFailed, type Statements } from './statements.ts';
import { accountsOf, describeUser, methodsOf } from './users.ts';

/** @throws KeyturnError USER_PROTECTED, DATABASE_REFUSED, PASSWORD_REFUSED, DATABASE_BUSY, FENCE_LOST, SECRET_INVALID */
export async function convergeStandby(
  sql: Statements,
  asker: Asker,
  plan: StandbyPlan,
  guard: Guard,
): Promise<Rights> {
  let revoked: Rights;
  let methods: Methods;
  try {
    await limitWaits(sql, asker.server, guard.statementTimeoutMs);
    methods = await methodsOf(sql, asker.server, plan.live);
    revoked = await equip(sql, asker, plan, methods, guard);
  } catch (error) {
    throw error instanceof StatementFailed ? toldOfChange(error, asker, plan) : error;
  }
  await changePassword(sql, asker, plan, guard, methods);
  return revoked;
}

async function equip(
  sql: Statements,
  asker: Asker,
  plan: StandbyPlan,
  methods: Methods,
  guard: Guard,
): Promise<Rights> {
  for (const name of [plan.username, plan.live]) {
    const { protectedBecause } = await describeUser(sql, asker.server, name, asker.own);
    if (protectedBecause !== undefined)
      throw new KeyturnError('USER_PROTECTED', `${name} ${protectedBecause}.`);
  }
  const hosts = (await accountsOf(sql, plan.username)).map(({ host }) => host);
  let revoked: Rights = new Set();
  const end = performance.now() + guard.statementTimeoutMs;
  // The application may come from any of the hosts that the live user has an account for.
  for (const live of await accountsOf(sql, plan.live)) {
    const standby = { user: plan.username, host: live.host };
    const method = methods.get(live.host);
    if (!hosts.includes(live.host)) await create(sql, asker, { standby, method }, plan, guard);
    else if (keepsMarks(asker.server)) await writeMark(sql, standby, plan.mark);
    if (plan.revokeSurplus) revoked = revoked.union(await revokeSurplus(sql, live, standby, guard));
    await grantMissing(sql, live, standby, end - performance.now());
  }
  return revoked;
}

/**
 * With its mark at once, or a crash right after would leave a user that is bound to nothing. Another attempt for the
 * same version may have been faster.
 */
async function create(
  sql: Statements,
  { server }: Asker,
  { standby, method }: { readonly standby: Account; readonly method: string | undefined },
  plan: StandbyPlan,
  guard: Guard,
): Promise<void> {
  const mark = keepsMarks(server) ? ` ${attributeOf(plan.mark)}` : '';
  const statement = `CREATE USER ${quoteAccount(standby)} ${identifiedBy(plan, server, method)}${mark}`;
  await guard.fence();
  await sql.run(statement).catch((error) => {
    if (!(error instanceof StatementFailed) || error.number !== ALREADY_THERE) throw error;
  });
}

/** https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const ALREADY_THERE = 1396;

/** A default role comes after the role, and a partial revoke after what it takes from. */
async function grantMissing(sql: Statements, live: Account, standby: Account, ms: number): Promise<void> {
  const wanted = await rightsOf(sql, live);
  const held = await rightsOf(sql, standby);
  const missing = [...wanted.keys()].filter(
    (statement) => !held.has(statement) && !statement.startsWith('--'),
  );
  const grants = missing.filter((statement) => statement.startsWith('GRANT'));
  const rest = missing.filter((statement) => !statement.startsWith('GRANT'));
  const restrictions = [...held].filter(([statement]) => isRestriction(statement) && !wanted.has(statement));
  const all = [...restrictions.map(([, takes]) => takes), ...grants, ...rest];
  await giveInTime(standby.user, all, ms, (right) => tryTo(sql, forAccount(right, standby)));
}

/** What Keyturn does not carry over, it does not take either: conditions are set, never taken. */
async function revokeSurplus(
  sql: Statements,
  live: Account,
  standby: Account,
  guard: Guard,
): Promise<Rights> {
  const wanted = await rightsOf(sql, live);
  const surplus = async () =>
    new Map([...(await rightsOf(sql, standby))].filter(([right]) => isRight(right) && !wanted.has(right)));
  const before = await surplus();
  for (const takes of new Set(before.values())) {
    await guard.fence();
    await tryTo(sql, forAccount(takes, standby));
  }
  if (before.size === 0) return new Set();
  const after = await surplus();
  return new Set([...before.keys()].filter((right) => !after.has(right)));
}

/** Only MariaDB has this limit, so that its absence is not listed. */
const isRestriction = (statement: string): boolean =>
  /^(REVOKE|ALTER USER \{user\} WITH MAX_STATEMENT_TIME) /.test(statement);
const isRight = (statement: string): boolean =>
  /^(GRANT|SET DEFAULT ROLE|ALTER USER \{user\} DEFAULT ROLE) /.test(statement);

const forAccount = (statement: string, account: Account): string =>
  statement.replaceAll('{user}', () => quoteAccount(account));

/** For what the superuser may not hand out: the comparison of rights names what is then missing. */
async function tryTo(sql: Statements, statement: string): Promise<void> {
  try {
    await sql.run(statement);
  } catch (error) {
    if (!(error instanceof StatementFailed) || error.number === undefined || error.transient) throw error;
  }
}

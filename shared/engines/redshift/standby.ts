/**
 * Makes the standby what the live user is. Each statement commits itself, because a transaction takes no grant on an
 * external schema; each leaves a state that the next attempt completes, and the password comes last.
 * https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
 */
import { KeyturnError } from '../../core/errors.ts';
import type { Guard, Rights, StandbyPlan } from '../../rotation/engine.ts';
import { giveInTime } from '../in-time.ts';
import { StatementFailed, type Statements } from '../pg/statements.ts';
import type { Held } from '../script.ts';
import { toldOf } from './denial.ts';
import { markGroup } from './mark.ts';
import { quoteIdentifier } from './names.ts';
import { changePassword, limitTime } from './password.ts';
import { carriedRights } from './rights.ts';
import { describeUser, groupsOf } from './users.ts';

/** @throws KeyturnError USER_PROTECTED, DATABASE_REFUSED, PASSWORD_REFUSED, DATABASE_BUSY, FENCE_LOST, SECRET_INVALID */
export async function convergeStandby(sql: Statements, plan: StandbyPlan, guard: Guard): Promise<Rights> {
  let revoked: Rights;
  try {
    await limitTime(sql, guard);
    revoked = await equip(sql, plan, guard);
  } catch (error) {
    if (!(error instanceof StatementFailed)) throw error;
    throw await toldOf(sql, error, `setting up ${plan.username}`);
  }
  await changePassword(sql, plan, guard);
  return revoked;
}

async function equip(sql: Statements, plan: StandbyPlan, guard: Guard): Promise<Rights> {
  const standby = await describeUser(sql, plan.username, plan.mark);
  const live = await describeUser(sql, plan.live, plan.mark);
  refuse(plan.username, standby.protectedBecause);
  refuse(plan.live, live.protectedBecause);
  await mark(sql, plan, standby.exists, guard);
  const wanted = await carriedRights(sql, plan.live);
  const revoked = plan.revokeSurplus ? await revokeSurplus(sql, plan, wanted, guard) : new Set<string>();
  const held = await carriedRights(sql, plan.username);
  const missing = [...wanted.keys()].filter((right) => !held.has(right) && !right.startsWith('--'));
  await giveInTime(plan.username, missing, guard.statementTimeoutMs, (right) =>
    tryTo(sql, forUser(right, plan.username)),
  );
  return revoked;
}

/** What Keyturn does not carry over, it does not take either. @returns what is gone */
async function revokeSurplus(
  sql: Statements,
  plan: StandbyPlan,
  wanted: Held,
  guard: Guard,
): Promise<Rights> {
  const surplus = async () =>
    new Map([...(await carriedRights(sql, plan.username))].filter(([right]) => !wanted.has(right)));
  const before = await surplus();
  if (before.size === 0) return new Set();
  for (const takes of new Set(before.values())) {
    await guard.fence();
    if (takes !== undefined) await tryTo(sql, forUser(takes, plan.username));
  }
  const after = await surplus();
  return new Set([...before.keys()].filter((right) => !after.has(right)));
}

function refuse(username: string, because: string | undefined): void {
  if (because !== undefined) throw new KeyturnError('USER_PROTECTED', `${username} ${because}.`);
}

/** A new user has its mark at once, and nobody can log in as it before it has its password. */
async function mark(sql: Statements, plan: StandbyPlan, exists: boolean, guard: Guard): Promise<void> {
  const name = markGroup(plan.mark);
  const group = quoteIdentifier(name);
  const user = quoteIdentifier(plan.username);
  const found = await sql.rows('SELECT groname FROM pg_group WHERE groname = $1', [name]);
  if (found.length === 0) await sql.run(`CREATE GROUP ${group}`);
  if (!exists) {
    await guard.fence();
    await sql.run(`CREATE USER ${user} PASSWORD DISABLE IN GROUP ${group}`);
  } else if (!(await groupsOf(sql, plan.username)).includes(name))
    await sql.run(`ALTER GROUP ${group} ADD USER ${user}`);
}

const forUser = (statement: string, username: string): string =>
  statement.replaceAll('{user}', () => quoteIdentifier(username));

/** For what the superuser may not hand out: the comparison of rights names what is then missing. */
async function tryTo(sql: Statements, statement: string): Promise<void> {
  try {
    await sql.run(statement);
  } catch (error) {
    if (!(error instanceof StatementFailed) || error.sqlState === undefined || error.transient) throw error;
  }
}

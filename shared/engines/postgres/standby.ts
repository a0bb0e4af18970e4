/** Makes the standby what the live user is: one transaction, the password last, every part repeatable. */
import { KeyturnError } from '../../core/errors.ts';
import type { Guard, Rights, StandbyPlan } from '../../rotation/engine.ts';
import { StatementFailed, type Statements } from '../pg/statements.ts';
import { inTransaction } from './change.ts';
import { denied } from './denial.ts';
import { quoteIdentifier } from './names.ts';
import { setPassword } from './password.ts';
import {
  resetStatement,
  type Setting,
  sameSetting,
  setBefore,
  setStatement,
  settingsOf,
} from './settings.ts';
import { revokeSurplus } from './surplus.ts';
import { unlogged } from './unlogged.ts';
import { describeUser, writeMark } from './users.ts';

/** @throws KeyturnError USER_PROTECTED, DATABASE_REFUSED, PASSWORD_REFUSED, DATABASE_BUSY, FENCE_LOST */
export async function convergeStandby(
  sql: Statements,
  version: number,
  plan: StandbyPlan,
  guard: Guard,
): Promise<Rights> {
  let revoked: Rights = new Set();
  await inTransaction(sql, {
    username: plan.username,
    guard,
    body: async () => {
      revoked = await converge(sql, version, plan, guard);
    },
    explainDenial: (what) => denied(sql, [sourceOf(plan), plan.username], what),
  });
  return revoked;
}

async function converge(sql: Statements, version: number, plan: StandbyPlan, guard: Guard): Promise<Rights> {
  await refuseProtected(sql, plan);
  if (plan.pair.ownerRole !== undefined) await requireOwnerRole(sql, version, plan.live, plan.pair.ownerRole);
  // The base is the source of all rights: nothing but its password is ever changed.
  if (!isBase(plan)) await equip(sql, version, plan);
  const revoked =
    plan.revokeSurplus && !isBase(plan)
      ? await revokeSurplus(sql, version, plan, (statement) => tryTo(sql, statement))
      : new Set<string>();
  await writeMark(sql, plan.username, plan.mark);
  await setPassword(sql, plan, guard);
  return revoked;
}

const isBase = ({ pair, username }: StandbyPlan): boolean =>
  pair.ownerRole === undefined && username === pair.users[0];

/** The role that the standby's rights come from. */
const sourceOf = ({ pair }: StandbyPlan): string => pair.ownerRole ?? pair.users[0];

/** The clone of an administrator would be one too, so the source counts like the standby. */
async function refuseProtected(sql: Statements, plan: StandbyPlan): Promise<void> {
  for (const name of new Set([plan.username, plan.live, sourceOf(plan)])) {
    const { protectedBecause } = await describeUser(sql, name);
    if (protectedBecause !== undefined)
      throw new KeyturnError('USER_PROTECTED', `${name} ${protectedBecause}.`);
  }
}

/** Naming a role in the secret must not hand out rights that its user does not have already. */
async function requireOwnerRole(
  sql: Statements,
  version: number,
  live: string,
  ownerRole: string,
): Promise<void> {
  const role = await describeUser(sql, ownerRole);
  const refused = (why: string) =>
    new KeyturnError('DATABASE_REFUSED', `The owner role ${ownerRole} ${why}.`);
  if (!role.exists) throw refused(`does not exist: CREATE ROLE ${quoteIdentifier(ownerRole)} NOLOGIN`);
  if (role.canLogin) throw refused('can log in, so it is a user: make it NOLOGIN');
  const { member } = await sql.row<{ member: boolean }>(IS_MEMBER, [
    live,
    ownerRole,
    // From 16 on a membership may be one by which nothing is held.
    version >= 160000 ? 'SET' : 'MEMBER',
  ]);
  if (!member)
    throw refused(
      `does not have ${live} as a member that may act as it: GRANT ${quoteIdentifier(ownerRole)} TO ${quoteIdentifier(live)}${version >= 160000 ? ' WITH SET TRUE' : ''}`,
    );
}

const IS_MEMBER = `
  SELECT EXISTS (SELECT FROM pg_roles u, pg_roles r
    WHERE u.rolname = $1 AND r.rolname = $2 AND pg_has_role(u.oid, r.oid, $3)) AS member`;

async function equip(sql: Statements, version: number, plan: StandbyPlan): Promise<void> {
  const { exists } = await describeUser(sql, plan.username);
  if (!exists) await sql.run(`CREATE ROLE ${quoteIdentifier(plan.username)} LOGIN`);
  await joinSource(sql, version, plan);
  await copyAttributes(sql, plan);
  await copySettings(sql, plan);
  if (version >= 160000 && plan.pair.ownerRole === undefined) await copySetRole(sql, plan);
}

/** A reply proves nothing: a GRANT that may not be made can be a mere notice. So the outcome is read again. */
async function joinSource(sql: Statements, version: number, plan: StandbyPlan): Promise<void> {
  const source = sourceOf(plan);
  const names = [plan.username, source];
  const grant = `GRANT ${quoteIdentifier(source)} TO ${quoteIdentifier(plan.username)}`;
  // Without this attribute, a member of PostgreSQL 15 and older has none of its roles' rights.
  if (version < 160000) await sql.run(`ALTER ROLE ${quoteIdentifier(plan.username)} INHERIT`);
  const mayBecome = plan.pair.ownerRole !== undefined;
  if (version < 160000) await sql.run(grant);
  else await sql.run(`${grant} WITH INHERIT TRUE, SET ${mayBecome ? 'TRUE' : 'FALSE'}`);
  const { member } = await sql.row<{ member: boolean }>(IS_MEMBER, [...names, 'USAGE']);
  if (!member)
    throw new KeyturnError(
      'DATABASE_REFUSED',
      `The server did not make ${plan.username} a member of ${source}.`,
    );
  if (version >= 160000 && !mayBecome) await requireNoSetRole(sql, plan.username, source);
}

/** Whoever may become the base may change its password, and lock its owner out with a retired one. */
async function requireNoSetRole(sql: Statements, clone: string, base: string): Promise<void> {
  const held = async (option: string) =>
    (await sql.row<{ member: boolean }>(IS_MEMBER, [clone, base, option])).member;
  if (!(await held('SET')) && !(await held('MEMBER WITH ADMIN OPTION'))) return;
  const rows = await sql.rows<{ option: string; grantor: string }>(SEIZING_GRANTS, [clone, base]);
  const revokes = rows.map(
    ({ option, grantor }) =>
      `REVOKE ${option} OPTION FOR ${quoteIdentifier(base)} FROM ${quoteIdentifier(clone)} GRANTED BY ${grantor};`,
  );
  throw new KeyturnError(
    'DATABASE_REFUSED',
    `${clone} may act as ${base} by another grant, and so could change its password. As an administrator: ${revokes.join(' ')}`,
  );
}

/** With ADMIN OPTION a member can give itself the rest. */
const SEIZING_GRANTS = `
  SELECT o.option, quote_ident(g.rolname) AS grantor FROM pg_auth_members m
    JOIN pg_roles c ON c.oid = m.member JOIN pg_roles b ON b.oid = m.roleid JOIN pg_roles g ON g.oid = m.grantor,
    LATERAL (VALUES ('SET', m.set_option), ('ADMIN', m.admin_option)) AS o (option, held)
  WHERE c.rolname = $1 AND b.rolname = $2 AND o.held`;

/** Where rights come from the base, so do attributes and settings; else from the user in use. */
const modelOf = ({ pair, live }: StandbyPlan): string =>
  pair.ownerRole === undefined ? pair.users[0] : live;

async function copyAttributes(sql: Statements, plan: StandbyPlan): Promise<void> {
  const differing = await sql.rows<{ attribute: string }>(DIFFERING_ATTRIBUTES, [
    modelOf(plan),
    plan.username,
  ]);
  for (const { attribute } of differing)
    await tryTo(sql, `ALTER ROLE ${quoteIdentifier(plan.username)} ${attribute}`);
}

const DIFFERING_ATTRIBUTES = `
  SELECT attribute FROM pg_roles m, pg_roles s, LATERAL (VALUES
    (m.rolcreatedb IS DISTINCT FROM s.rolcreatedb, CASE WHEN m.rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END),
    (m.rolbypassrls IS DISTINCT FROM s.rolbypassrls, CASE WHEN m.rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END),
    (m.rolconnlimit IS DISTINCT FROM s.rolconnlimit, format('CONNECTION LIMIT %s', m.rolconnlimit)),
    (coalesce(m.rolvaliduntil, 'infinity') IS DISTINCT FROM coalesce(s.rolvaliduntil, 'infinity'),
      format('VALID UNTIL %L', coalesce(m.rolvaliduntil, 'infinity')))
  ) AS a (differs, attribute)
  WHERE m.rolname = $1 AND s.rolname = $2 AND differs`;

async function copySettings(sql: Statements, plan: StandbyPlan): Promise<void> {
  const wanted = await wantedSettings(sql, plan);
  const held = await settingsOf(sql, plan.username);
  for (const setting of held.filter((one) => !wanted.some((other) => sameSetting(one, other))))
    await tryTo(sql, resetStatement(plan.username, setting));
  for (const setting of wanted.filter((one) => !held.some((other) => isEqual(one, other))))
    await tryTo(sql, ...(await loggable(sql, plan.username, setting)));
}

/**
 * A setting of the application's own (with a dot in its name) may be a secret of its own. Its row is locked first,
 * because a statement that waits is logged.
 */
const loggable = async (sql: Statements, username: string, setting: Setting): Promise<string[]> =>
  setting.name.includes('.')
    ? [resetStatement(username, setting), await unlogged(sql, setBefore(username, setting), setting.value)]
    : [setStatement(username, setting)];

const isEqual = (a: Setting, b: Setting): boolean => sameSetting(a, b) && a.value === b.value;

/** Both users act as the owner role, so that what one makes belongs to both. */
async function wantedSettings(sql: Statements, plan: StandbyPlan): Promise<Setting[]> {
  const model = await settingsOf(sql, modelOf(plan));
  const { ownerRole } = plan.pair;
  if (ownerRole === undefined) return model;
  const others = model.filter(({ name }) => name !== 'role');
  return [...others, { database: undefined, name: 'role', value: ownerRole }];
}

/** What the base may become, its clone may not become through it, because it must not become the base. */
async function copySetRole(sql: Statements, plan: StandbyPlan): Promise<void> {
  const roles = await sql.rows<{ role: string }>(LACKING_SET_ROLE, [sourceOf(plan), plan.username]);
  for (const { role } of roles)
    await tryTo(sql, `GRANT ${role} TO ${quoteIdentifier(plan.username)} WITH SET TRUE, INHERIT FALSE`);
}

const LACKING_SET_ROLE = `
  SELECT quote_ident(g.rolname) AS role FROM pg_roles b, pg_roles c, pg_roles g
  WHERE b.rolname = $1 AND c.rolname = $2 AND g.oid NOT IN (b.oid, c.oid)
    AND pg_has_role(b.oid, g.oid, 'SET') AND NOT pg_has_role(c.oid, g.oid, 'SET')`;

/** For what the superuser may not be allowed to do: the comparison of rights names what is then missing. */
async function tryTo(sql: Statements, ...statements: readonly string[]): Promise<void> {
  await sql.run('SAVEPOINT attempt');
  try {
    for (const statement of statements) await sql.run(statement);
    await sql.run('RELEASE attempt');
  } catch (error) {
    if (!(error instanceof StatementFailed) || error.sqlState === undefined || error.transient) throw error;
    await sql.run('ROLLBACK TO attempt');
  }
}

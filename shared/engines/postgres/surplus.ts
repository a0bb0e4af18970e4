/** Takes from a standby what the user in use does not have: `rotation.surplus` "revoke". */
import type { Rights, StandbyPlan } from '../../rotation/engine.ts';
import type { Statements } from '../pg/statements.ts';
import type { Held } from '../script.ts';
import { quoteIdentifier } from './names.ts';
import { heldRights } from './rights.ts';

/**
 * Grants that the standby has passed on stay, as does what it owns; the comparison of rights names them.
 * @param attempt runs a statement that may be refused
 * @returns what is gone
 * @throws StatementFailed
 */
export async function revokeSurplus(
  sql: Statements,
  version: number,
  plan: StandbyPlan,
  attempt: (statement: string) => Promise<void>,
): Promise<Rights> {
  const wanted = await heldRights(sql, version, plan.live, plan.pair);
  const surplus = async (): Promise<Held> => {
    const held = await heldRights(sql, version, plan.username, plan.pair);
    return new Map([...held].filter(([right]) => !wanted.has(right)));
  };
  const before = await surplus();
  if (before.size === 0) return new Set();
  const memberships = await sql.rows<{ revoke: string }>(
    version >= 160000 ? MEMBERSHIPS : MEMBERSHIPS_TO_15,
    [plan.live, plan.username, plan.pair.users],
  );
  for (const { revoke } of memberships) await attempt(revoke);
  for (const takes of (await surplus()).values())
    if (takes !== undefined) await attempt(takes.replaceAll('{user}', () => quoteIdentifier(plan.username)));
  const after = await surplus();
  return new Set([...before.keys()].filter((right) => !after.has(right)));
}

/** A membership goes by the name of who gave it, or a revocation is a mere notice. */
const MEMBERSHIPS = `
  SELECT format('REVOKE %s%I FROM %I GRANTED BY %I', o.option, g.rolname, s.rolname, b.rolname) AS revoke
  FROM pg_auth_members m JOIN pg_roles s ON s.oid = m.member JOIN pg_roles g ON g.oid = m.roleid
    JOIN pg_roles b ON b.oid = m.grantor JOIN pg_roles l ON l.rolname = $1,
    LATERAL (VALUES
      ('', NOT pg_has_role(l.oid, g.oid, 'MEMBER')),
      ('INHERIT OPTION FOR ', m.inherit_option AND NOT pg_has_role(l.oid, g.oid, 'USAGE')),
      ('SET OPTION FOR ', m.set_option AND NOT pg_has_role(l.oid, g.oid, 'SET')),
      ('ADMIN OPTION FOR ', m.admin_option AND NOT pg_has_role(l.oid, g.oid, 'MEMBER WITH ADMIN OPTION'))
    ) AS o (option, surplus)
  WHERE s.rolname = $2 AND g.rolname <> ALL ($3) AND o.surplus
  ORDER BY o.option`;

const MEMBERSHIPS_TO_15 = `
  SELECT format('REVOKE %s%I FROM %I', o.option, g.rolname, s.rolname) AS revoke
  FROM pg_auth_members m JOIN pg_roles s ON s.oid = m.member JOIN pg_roles g ON g.oid = m.roleid
    JOIN pg_roles l ON l.rolname = $1,
    LATERAL (VALUES
      ('', NOT pg_has_role(l.oid, g.oid, 'MEMBER')),
      ('ADMIN OPTION FOR ', m.admin_option AND NOT pg_has_role(l.oid, g.oid, 'MEMBER WITH ADMIN OPTION'))
    ) AS o (option, surplus)
  WHERE s.rolname = $2 AND g.rolname <> ALL ($3) AND o.surplus
  ORDER BY o.option`;

/** The optional `rotation` object of a secret's JSON: everything Keyturn adds to AWS's secret format. */
import * as v from 'valibot';
import type { Problem } from '../core/parse.ts';
import type { DatabaseEngine } from './engine.ts';
import { hostName, portNumber } from './hosts.ts';

const name = v.pipe(
  v.string(),
  v.check((value) => value.trim() !== '', 'must not be empty'),
  v.check((value) => value.isWellFormed(), 'must be whole characters'),
);

export const optionsSchema = v.strictObject({
  strategy: v.optional(v.picklist(['single-user', 'alternating-users', 'dual-password'])),
  /** The two users that take turns; without an owner role the first is the source of rights. */
  users: v.optional(
    v.pipe(
      v.strictTuple([name, name]),
      // Where a server folds case, these would be one user, and its standby the user in use.
      v.check(
        ([a, b]) => a.toLowerCase() !== b.toLowerCase(),
        'must name two users that differ by more than case',
      ),
    ),
  ),
  /** A role without login that holds the rights of both users. */
  ownerRole: v.optional(name),
  /** Who changes the password of a single user; without it, the user itself. */
  by: v.optional(v.picklist(['superuser'])),
  /** Whether a user with fewer rights than the one in use may be promoted. */
  rights: v.optional(v.picklist(['require', 'report']), 'require'),
  /** Whether a standby loses rights that the user in use does not have. */
  surplus: v.optional(v.picklist(['report', 'revoke']), 'report'),
  /** One SQL statement that must succeed, read-only, as the user to be promoted. */
  probe: v.optional(name),
  /** Other keys of the secret that embed the user or the password and are rewritten with them. */
  derived: v.optional(v.array(name), []),
  /** Where rotation connects, when `host` is a proxy, a reader or an alias. */
  host: v.optional(hostName),
  port: v.optional(portNumber),
  /** Hosts that must accept the pending password before it is promoted. */
  readers: v.optional(v.array(hostName), []),
  password: v.optional(
    v.strictObject({
      length: v.optional(
        v.pipe(
          v.number(),
          v.check((n) => Number.isInteger(n) && n >= 8 && n <= 128, 'must be a whole number from 8 to 128'),
        ),
      ),
      excludeCharacters: v.optional(v.string()),
      /** The form in which the password is sent to the server, instead of the one the live user logs in with. */
      send: v.optional(v.string()),
      /** Days after which a password that no rotation has replaced ends by itself. */
      validDays: v.optional(
        v.pipe(
          v.number(),
          v.check((n) => Number.isInteger(n) && n >= 1 && n <= 3650, 'must be a whole number from 1 to 3650'),
        ),
      ),
    }),
    {},
  ),
});

export type RotationOptions = v.InferOutput<typeof optionsSchema>;

/** What no schema of one key can see: options that contradict each other, the engine, or the secret. */
export function refuseClashes(
  options: RotationOptions,
  { engine, masterarn }: { engine: DatabaseEngine; masterarn: string | undefined },
): Problem | undefined {
  const { strategy, users, ownerRole, by, surplus, password } = options;
  const pairs = strategy === 'alternating-users';
  const problem = (field: string, what: string): Problem => ({ field: `rotation.${field}`, what });
  for (const [index, user] of (users ?? []).entries()) engine.checkUsername(user, `rotation.users[${index}]`);
  if (ownerRole !== undefined) engine.checkUsername(ownerRole, 'rotation.ownerRole');
  if (users !== undefined && !pairs) return problem('users', 'needs rotation.strategy "alternating-users"');
  if (surplus === 'revoke' && !pairs)
    return problem('surplus', 'needs rotation.strategy "alternating-users"');
  if (ownerRole !== undefined && users === undefined) return problem('ownerRole', 'needs rotation.users');
  if (ownerRole !== undefined && !engine.ownerRoles) return problem('ownerRole', 'is not for this engine');
  if (by !== undefined && (strategy ?? 'single-user') !== 'single-user')
    return problem('by', 'is for the strategy "single-user"; the others decide it themselves');
  if ((pairs || by !== undefined) && masterarn === undefined)
    return { field: 'masterarn', what: 'is missing: this rotation needs a superuser secret' };
  if (strategy !== undefined && !engine.strategies.includes(strategy))
    return problem('strategy', `must be ${engine.strategies.join(' or ')} for this engine`);
  if (password.send !== undefined && !engine.passwordForms.includes(password.send))
    return problem('password.send', `must be ${engine.passwordForms.join(' or ')} for this engine`);
  if (password.validDays !== undefined && !engine.passwordsExpire)
    return problem('password.validDays', 'is not for this engine');
  const own = masterarn === undefined || (strategy === 'single-user' && by === undefined);
  if (password.validDays !== undefined && own)
    return problem('password.validDays', 'needs a superuser: alternating-users, or rotation.by "superuser"');
  return undefined;
}

/** Which strategy a secret is rotated by. */
import type { Facts } from '../../core/invocation.ts';
import type { StrategyName } from '../engine.ts';
import type { DatabaseSecret } from '../secret.ts';
import { alternatingUsers } from './alternating-users.ts';
import { dualPassword } from './dual-password.ts';
import { singleUser } from './single-user.ts';
import type { RotationStrategy } from './strategy.ts';

const STRATEGIES: { readonly [name in StrategyName]: RotationStrategy } = {
  'single-user': singleUser,
  'alternating-users': alternatingUsers,
  'dual-password': dualPassword,
};

/** createSecret has refused a secret with a superuser and neither strategy nor history, so that one means a pair. */
export function strategyFor(secret: DatabaseSecret, facts: Facts): RotationStrategy {
  const { strategy, by } = secret.options;
  const single = secret.superuserArn === undefined || by !== undefined;
  const name = strategy ?? (single ? 'single-user' : 'alternating-users');
  facts.engine = secret.engine;
  facts.strategy = name;
  return STRATEGIES[name];
}

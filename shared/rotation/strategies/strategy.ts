/** How the pending version comes from the current one, and who sets it in the database. */
import type { Session } from '../engine.ts';
import type { Inquiry, Rotation } from '../rotation.ts';
import type { DatabaseSecret } from '../secret.ts';

export interface Versions {
  readonly current: DatabaseSecret;
  readonly pending: DatabaseSecret;
}

export interface RotationStrategy {
  /**
   * Who the pending version is for. Checks everything about this strategy that can be checked without a connection.
   * @throws KeyturnError STRATEGY_AMBIGUOUS, SECRET_INVALID, USER_NAME_TOO_LONG, SUPERUSER_…
   */
  nextUser(inquiry: Inquiry, current: DatabaseSecret): Promise<string>;
  /** Makes the database accept the pending version. Converges: whatever an earlier attempt left is completed. */
  set(rotation: Rotation, versions: Versions): Promise<void>;
  /** What must be true of the pending user, beyond logging in. `session` is the pending user's. */
  verify(rotation: Rotation, versions: Versions, session: Session): Promise<void>;
  /**
   * Whether finishSecret promotes a version of which nothing is known just now, or sets it once more when it is
   * rejected: right where AWSCURRENT is dead by then, so that waiting helps nobody.
   */
  readonly currentIsDead: boolean;
}

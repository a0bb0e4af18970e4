/**
 * What a database product must be able to do for a rotation. One folder under shared/engines implements it.
 *
 * Words: an *engine* is the product, a *session* an authenticated connection, the *standby* the user of a pair
 * that is not in AWSCURRENT. No driver error may pass this edge: every failure is a KeyturnError.
 */
import type { Deadline } from '../core/deadline.ts';
import type { KeyturnError } from '../core/errors.ts';
import type { Redacted } from '../core/redacted.ts';
import type { PasswordRules } from './password.ts';

export type StrategyName = 'single-user' | 'alternating-users' | 'dual-password';

/** Where to log in. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Absent: the engine's default database. */
  readonly database: string | undefined;
  /** True only when the secret says `"ssl": false` and the deployment allows plaintext. */
  readonly plaintext: boolean;
}

export interface Credentials {
  readonly username: string;
  readonly password: Redacted;
}

/**
 * The form in which a new password is sent: the engine's own word for it (`scram-sha-256`, `md5`, …),
 * as seen when the live user authenticated. `plain` is the password itself.
 */
export type PasswordForm = string;

/**
 * What the server said of the credentials.
 * - `accepted` without a session: the password is right, but the server refused the session (`problem` says why).
 * - `rejected`: the server said that these credentials are wrong. Only this may lead to trying others.
 * - `unknown`: nothing is known about the credentials: network, TLS, time-out, start-up, configuration.
 */
export type Login =
  | { readonly outcome: 'accepted'; readonly session: Session }
  | {
      readonly outcome: 'accepted';
      readonly session: undefined;
      readonly passwordForm: PasswordForm;
      readonly problem: KeyturnError;
    }
  | { readonly outcome: 'rejected'; readonly problem: KeyturnError }
  | { readonly outcome: 'unknown'; readonly problem: KeyturnError };

export interface LoginLimits {
  readonly connectTimeoutMs: number;
  /** The invocation's: no answer is waited for beyond it. */
  readonly deadline: Deadline;
}

export interface DatabaseEngine {
  /** Values of the secret's `engine` field that are served, e.g. `['postgres', 'aurora-postgresql']`. */
  readonly names: readonly [string, ...string[]];
  readonly defaultPort: number;
  readonly strategies: readonly StrategyName[];
  /** Allowed values of `rotation.password.send`. */
  readonly passwordForms: readonly PasswordForm[];
  readonly passwordRules: PasswordRules;
  /** Whether a superuser can have a password end by itself (`rotation.password.validDays`). */
  readonly passwordsExpire: boolean;
  /** @throws KeyturnError SECRET_INVALID or USER_NAME_TOO_LONG when the server could not keep this name. */
  checkUsername(username: string, field: string): void;
  /** Whether the rights of a pair can live on a role of which both are members (`rotation.ownerRole`). */
  readonly ownerRoles: boolean;
  /** Whether a session can read the rights of users other than its own. */
  readonly seesOtherUsers: boolean;
  /**
   * Whether locks and catalogue queries reach one database, so that a superuser has to connect to the secret's.
   * Where they reach all, it connects to none, and needs no rights on it.
   */
  readonly connectsToDatabase: boolean;
  /** Whether a user may put a mark on itself: then a mark speaks for its bearer only, and binds nobody else. */
  readonly usersMarkThemselves: boolean;
  /** An identifier as it must be written in SQL shown to a person. */
  quoteIdentifier(name: string): string;
  /** Verified TLS unless `target.plaintext`. Never throws for what the server or the network did. */
  login(target: Target, credentials: Credentials, limits: LoginLimits): Promise<Login>;
}

/**
 * Two users who take turns.
 * Without `ownerRole`, `users[0]` is the base, the sole source of rights, and `users[1]` its clone.
 * With it, rights live on that role and both users are its members.
 */
export interface Pair {
  readonly users: readonly [string, string];
  readonly ownerRole: string | undefined;
}

export interface UserInfo {
  readonly exists: boolean;
  /** Why no superuser may set this user's password, in words for a message; absent when it may. */
  readonly protectedBecause: string | undefined;
  /** The mark Keyturn left on the user, which binds a pair of users to one secret. */
  readonly mark: Mark | undefined;
}

export interface Mark {
  readonly secretArn: string;
  readonly users: readonly [string, string];
}

export interface NewPassword {
  readonly username: string;
  readonly password: Redacted;
  /** The form to send it in. */
  readonly form: PasswordForm;
  /** How the live user logs in: what the server keeps must never be weaker, or nobody could log in any more. */
  readonly liveForm: PasswordForm;
  /**
   * The password in use, when a user changes its own: the server compares it with the primary one.
   * @throws KeyturnError NOT_PRIMARY_PASSWORD from the change, when it is another
   */
  readonly current?: Redacted;
  /** When the password is to end by itself; without it, what the server has is left as it is. */
  readonly validUntil?: Date;
  /** Dual password: the password in use goes on working beside the new one. */
  readonly retain?: boolean;
}

/** What a server can do for two passwords of one user. */
export interface DualPassword {
  /** Why it cannot, in words for a message that also names what can be done; absent when it can. */
  readonly unsupportedBecause: string | undefined;
  /** Whether the password in use may be set once more: a password history forbids it. */
  readonly mayRepeat: boolean;
}

/** What the standby must be when `convergeStandby` returns. */
export interface StandbyPlan extends NewPassword {
  /** The user in AWSCURRENT. */
  readonly live: string;
  readonly pair: Pair;
  readonly mark: Mark;
  /** Whether the standby loses what the live user does not have; otherwise that stays. */
  readonly revokeSurplus: boolean;
}

/** Bounds a change of the database. */
export interface Guard {
  /**
   * Called immediately before every password statement, inside its transaction where the engine has one.
   * @throws KeyturnError FENCE_LOST when the labels have moved; nothing may be sent then.
   */
  fence(): Promise<void>;
  /** Lock and statement time-outs in ms, to be set on the server before the change, so that it cannot land later. */
  readonly statementTimeoutMs: number;
  /** What whoever reads the log line should know of the change, as a sentence. */
  note(sentence: string): void;
}

/**
 * Rights in effect, each as the SQL statement that would give it, with `{user}` where the user's name goes:
 * a difference of two sets is the script that removes the difference. A statement that begins with REVOKE is a
 * restriction: who has it in addition has less.
 */
export type Rights = ReadonlySet<string>;

/** Every method may be called twice to the same effect. */
export interface Session extends AsyncDisposable {
  /** Product and version as the server reports them, e.g. `PostgreSQL 18.4`. */
  readonly server: string;
  /** How this session authenticated. */
  readonly passwordForm: PasswordForm;
  /** The user that the server says this session belongs to. */
  whoAmI(): Promise<string>;
  /** False on a replica or any server that is read-only. */
  isWriter(): Promise<boolean>;
  /** For this session's own user. */
  dualPassword(): Promise<DualPassword>;
  /** @param expected the mark looked for, where the server keeps but a digest of marks */
  describeUser(username: string, expected?: Mark): Promise<UserInfo>;
  /**
   * The SQL by which an administrator would give this session's user what it seems to lack to change the passwords of
   * `usernames`. A guess: a service may allow its own administrators more than the product does.
   */
  missingGrants(usernames: readonly string[]): Promise<readonly string[]>;
  /** The SQL by which an administrator binds a user to a secret; absent where the server keeps no marks. */
  markStatement(username: string, mark: Mark): string | undefined;
  /** Rights in effect for `username`, those of the pair's users themselves left out. */
  effectiveRights(username: string, pair: Pair): Promise<Rights>;
  /** Sets the password of this session's own user, or, as a superuser, of another. */
  changePassword(change: NewPassword, guard: Guard): Promise<void>;
  /**
   * As a superuser: creates the standby if need be, gives it the live user's rights and settings and the mark,
   * and sets its password last.
   * @returns what it took from the standby, always nothing without `revokeSurplus`
   * @throws KeyturnError USER_PROTECTED, DATABASE_REFUSED, PASSWORD_REFUSED, DATABASE_BUSY
   */
  convergeStandby(plan: StandbyPlan, guard: Guard): Promise<Rights>;
  /** Runs `sql` as this user in a read-only transaction of at most 5 s; rows and errors go nowhere. */
  probe(sql: string): Promise<void>;
}

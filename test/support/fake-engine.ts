/**
 * A database product in memory: state, not scripted replies. Every call crosses `wire`, where a test may reorder it,
 * or cut the caller off before or after its effect.
 */
import { KeyturnError as OwnKeyturnError } from '../../shared/core/errors.ts';
import type { Redacted } from '../../shared/core/redacted.ts';
import type {
  Credentials,
  DatabaseEngine,
  Login,
  Mark,
  NewPassword,
  Pair,
  Session,
} from '../../shared/rotation/engine.ts';

/** @param when `at once`: nothing else may come between the call and its effect. */
export type Wire = <T>(label: string, effect: () => T, when?: 'at once') => Promise<T>;

interface User {
  password: string;
  /** What was the password before, where it was retained. */
  retained?: string | undefined;
  rights: Set<string>;
  mark: Mark | undefined;
  protectedBecause: string | undefined;
}

/** What the database itself does wrong, on request of a test. */
export interface Misbehaviour {
  /** Answers to a password statement as if it had worked. */
  pretendsToChange?: boolean;
  /** A policy that refuses every new password. */
  refusesPasswords?: boolean;
  readOnly?: boolean;
}

export class FakeDatabase {
  readonly users = new Map<string, User>();
  readonly misbehaviour: Misbehaviour = {};
  /** Whether users may keep two passwords. */
  keepsTwo = false;
  /** What superusers seem to lack. */
  missingGrants: readonly string[] = [];
  usersMarkThemselves = false;
  /** Users whom the server takes for others, such as the anonymous one. */
  readonly takenFor = new Map<string, string>();
  logins = 0;

  addUser(
    username: string,
    password: string,
    rights: readonly string[] = [],
    extra: Partial<User> = {},
  ): void {
    this.users.set(username, {
      password,
      rights: new Set(rights),
      mark: undefined,
      protectedBecause: undefined,
      ...extra,
    });
  }

  accepts({ username, password }: { username: string; password: string }): boolean {
    const user = this.users.get(username);
    return user !== undefined && [user.password, user.retained].includes(password);
  }

  /** Base and clone, or a pair that shares an owner role: what the user can do in effect. */
  rightsOf(username: string): Set<string> {
    return new Set(this.users.get(username)?.rights);
  }
}

/** @param KeyturnError the class of the code under test, where that is a copy */
export function fakeEngine(
  database: FakeDatabase,
  wire: Wire,
  KeyturnError: typeof OwnKeyturnError = OwnKeyturnError,
): DatabaseEngine {
  return {
    names: ['fake'],
    defaultPort: 1,
    strategies: [
      'single-user',
      'alternating-users',
      ...(database.keepsTwo ? (['dual-password'] as const) : []),
    ],
    passwordForms: ['plain'],
    passwordsExpire: false,
    passwordRules: {
      requiredClasses: [],
      minLength: 8,
      maxLength: 64,
      length: 32,
      excludeCharacters: '',
      excludeClasses: [],
      requireEachClass: true,
    },
    ownerRoles: true,
    seesOtherUsers: true,
    connectsToDatabase: true,
    usersMarkThemselves: database.usersMarkThemselves,
    checkUsername(username, field) {
      if (username.length > 20)
        throw new KeyturnError('USER_NAME_TOO_LONG', `"${field}" has over 20 characters.`);
    },
    quoteIdentifier: (name) => `"${name}"`,
    login: (_target, credentials) => wire('login', () => logIn(database, wire, KeyturnError, credentials)),
  };
}

const bare = (password: Redacted): string => password.reveal();

function logIn(
  database: FakeDatabase,
  wire: Wire,
  KeyturnError: typeof OwnKeyturnError,
  { username, password }: Credentials,
): Login {
  database.logins += 1;
  if (!database.accepts({ username, password: bare(password) }))
    return {
      outcome: 'rejected',
      problem: new KeyturnError('CREDENTIALS_REJECTED', `No ${username} like that.`),
    };
  return { outcome: 'accepted', session: session(database, wire, KeyturnError, username) };
}

function session(
  database: FakeDatabase,
  wire: Wire,
  KeyturnError: typeof OwnKeyturnError,
  self: string,
): Session {
  const setPassword = ({ username, password, current, retain }: NewPassword): void => {
    if (database.misbehaviour.refusesPasswords)
      throw new KeyturnError('PASSWORD_REFUSED', `The policy refused a password for ${username}.`);
    const user = database.users.get(username);
    if (user === undefined || database.misbehaviour.pretendsToChange) return;
    if (current !== undefined && bare(current) !== user.password)
      throw new KeyturnError('NOT_PRIMARY_PASSWORD', 'Another password is the primary one.');
    if (retain === true) user.retained = user.password;
    user.password = bare(password);
  };
  // A statement follows its fence at once, within a time-out that is far shorter than another whole rotation.
  const sent = <T>(label: string, effect: () => T) => wire(label, effect, 'at once');
  let open = true;
  const asked = <T>(label: string, effect: () => T) =>
    wire(label, () => {
      if (!open) throw new KeyturnError('DATABASE_UNREACHABLE', 'The session was closed.');
      return effect();
    });
  return {
    server: 'Fake 1.0',
    passwordForm: 'plain',
    whoAmI: () => asked('whoAmI', () => database.takenFor.get(self) ?? self),
    isWriter: () => asked('isWriter', () => database.misbehaviour.readOnly !== true),
    dualPassword: async () => ({
      unsupportedBecause: database.keepsTwo ? undefined : 'it keeps one password',
      mayRepeat: true,
    }),
    describeUser: (username) =>
      asked('describeUser', () => {
        const user = database.users.get(username);
        return { exists: user !== undefined, protectedBecause: user?.protectedBecause, mark: user?.mark };
      }),
    missingGrants: () => asked('missingGrants', () => database.missingGrants),
    markStatement: (username) => `BIND ${username}`,
    effectiveRights: (username, _pair: Pair) => asked('effectiveRights', () => database.rightsOf(username)),
    changePassword: async (change, guard) => {
      await guard.fence();
      await sent('changePassword', () => setPassword(change));
    },
    convergeStandby: async (plan, guard) => {
      // One transaction, as on a server where DDL can be rolled back.
      await guard.fence();
      await sent('convergeStandby', () => {
        if (database.misbehaviour.refusesPasswords) setPassword(plan);
        if (!database.users.has(plan.username)) database.addUser(plan.username, '', [], { mark: plan.mark });
        const user = database.users.get(plan.username) as User;
        user.rights = user.rights.union(database.rightsOf(plan.live));
        setPassword(plan);
      });
      return new Set();
    },
    probe: () => asked('probe', () => undefined),
    [Symbol.asyncDispose]: async () => {
      open = false;
    },
  };
}

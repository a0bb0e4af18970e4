/** What a hostile writer of a secret may try, and how it is to be refused. */
import { HOST } from './play.ts';
import type { Setup, Stage } from './superuser-stage.ts';

export interface Attack extends Setup {
  readonly prepare?: (stage: Stage) => void;
  /** The step that refuses it, and with which code. */
  readonly refused: string;
  /** What the writer puts into AWSPENDING himself, so that setSecret is the first to look, and how that is refused. */
  readonly filled: { readonly username: string; readonly [key: string]: unknown };
  readonly refusedFilled: string;
}

export const pair = (...users: string[]) => ({ strategy: 'alternating-users', users });
export const bySuperuser = { strategy: 'single-user', by: 'superuser' };
const mine = { username: 'app' };
const theirs = { username: 'victim' };
const EVIL = 'evil.example.org';

const unbound = {
  refused: 'setSecret USER_NOT_BOUND',
  refusedFilled: 'setSecret USER_NOT_BOUND',
};
const refusedAtOnce = (code: string) => ({
  refused: `createSecret ${code}`,
  refusedFilled: `setSecret ${code}`,
});

/** The user of this secret is called `reporting_clone`; `reporting` is a stranger. */
const reporting = {
  document: { username: 'reporting_clone', password: 'clone-password' },
  prepare: ({ database }: Stage) => {
    database.addUser('reporting_clone', 'clone-password');
    database.addUser('reporting', 'reporting-password', ['SELECT sales']);
  },
  filled: { username: 'reporting' },
};

export const ATTACKS: Readonly<Record<string, Attack>> = {
  'names another user as the second of the pair': {
    ...{ document: { rotation: pair('app', 'victim') }, filled: theirs, ...unbound },
  },
  'names another user as the base of the pair': {
    ...{ document: { rotation: pair('victim', 'app') }, filled: theirs, ...unbound },
  },
  'names a user yet to be made, which is not its own user’s clone': {
    ...{
      document: { rotation: pair('app', 'next_victim') },
      filled: { username: 'next_victim' },
      ...unbound,
    },
  },
  'names a pair of two others': {
    ...{
      document: { rotation: pair('victim', 'nobody') },
      filled: theirs,
      ...refusedAtOnce('SECRET_INVALID'),
    },
  },
  'names the superuser as the second of the pair, where all users are allowed': {
    ...{ document: { rotation: pair('app', 'dba') }, settings: { superuserTargets: [`*@${HOST}`] } },
    ...{ filled: { username: 'dba' } },
    ...{ refused: 'setSecret USER_PROTECTED', refusedFilled: 'setSecret USER_PROTECTED' },
  },
  'claims to be another user, without that user’s password': {
    ...{ document: theirs, filled: { username: 'victim_clone' } },
    ...{ refused: 'setSecret CREDENTIALS_REJECTED', refusedFilled: 'setSecret CREDENTIALS_REJECTED' },
  },
  'fills AWSPENDING for a user outside the pair': {
    ...{ document: { rotation: pair('app', 'victim') }, filled: { username: 'dba' } },
    ...{ ...unbound, refusedFilled: 'setSecret VERSIONS_DISAGREE' },
  },
  'names a superuser secret of another host': {
    ...{ superuser: { engine: 'fake', host: EVIL, username: 'dba', password: 'dba-password' } },
    ...{ filled: { username: 'app_clone' }, ...refusedAtOnce('SUPERUSER_HOST_MISMATCH') },
  },
  'names a superuser secret of another port of the host': {
    ...{ superuser: { engine: 'fake', host: HOST, port: 2, username: 'dba', password: 'dba-password' } },
    ...{ filled: { username: 'app_clone' }, ...refusedAtOnce('SUPERUSER_HOST_MISMATCH') },
  },
  'names a superuser secret that is not allowed': {
    ...{ superuserName: 'another-team/dba', filled: { username: 'app_clone' } },
    ...refusedAtOnce('SUPERUSER_NOT_ALLOWED'),
  },
  'names a superuser secret where none is allowed': {
    ...{ settings: { superuserSecrets: [] }, filled: { username: 'app_clone' } },
    ...refusedAtOnce('SUPERUSER_NOT_ALLOWED'),
  },
  'names its own secret as the superuser secret, by its name': {
    ...{ document: { masterarn: 'app' }, filled: { username: 'app_clone', masterarn: 'app' } },
    ...refusedAtOnce('SUPERUSER_NOT_ALLOWED'),
  },
  'has a single user changed by the superuser': {
    ...{ document: { rotation: bySuperuser }, filled: mine, ...refusedAtOnce('SUPERUSER_NOT_ALLOWED') },
  },
  'has a single user changed by the superuser, who is allowed on another host': {
    ...{ document: { rotation: bySuperuser }, settings: { superuserTargets: [`app@${EVIL}`] } },
    ...{ filled: mine, ...refusedAtOnce('SUPERUSER_NOT_ALLOWED') },
  },
  'has an administrator changed by the superuser, where all users are allowed': {
    ...{ document: { rotation: bySuperuser }, settings: { superuserTargets: [`*@${HOST}`] } },
    prepare: ({ database }) =>
      database.addUser('app', 'app-password', [], { protectedBecause: 'has CREATEROLE' }),
    ...{ filled: mine },
    ...{ refused: 'setSecret USER_PROTECTED', refusedFilled: 'setSecret USER_PROTECTED' },
  },
  'sends the superuser to another server': {
    ...{ document: { rotation: { strategy: 'alternating-users', host: EVIL } } },
    ...{ filled: { username: 'app_clone' }, ...refusedAtOnce('SUPERUSER_HOST_MISMATCH') },
  },
  'sends the superuser to another server, as a single user': {
    ...{ document: { rotation: { ...bySuperuser, host: EVIL } }, settings: { superuserTargets: ['app@*'] } },
    ...{ filled: mine, ...refusedAtOnce('SUPERUSER_HOST_MISMATCH') },
  },
  'ends its user’s name in _clone': {
    ...{ ...reporting, ...unbound, refused: 'createSecret SECRET_INVALID' },
  },
  'ends its user’s name in _clone, and names no strategy': {
    ...{ ...reporting, document: { ...reporting.document, rotation: undefined } },
    ...{ ...unbound, refused: 'createSecret STRATEGY_AMBIGUOUS' },
  },
  'ends its user’s name in _clone, with an AWSPREVIOUS that it made up': {
    ...{ ...reporting, ...unbound },
    prepare(stage) {
      reporting.prepare(stage);
      stage.forgePrevious({ username: 'reporting', password: 'a-guess' });
    },
  },
  'makes up an AWSPREVIOUS of the other user on a server that lets everybody in': {
    ...{ document: { rotation: pair('app', 'victim') }, filled: theirs, ...unbound },
    // The database in memory is the same at every host, so that this password would be accepted.
    prepare: (stage) => stage.forgePrevious({ username: 'victim', password: 'victim-password', host: EVIL }),
  },
  'names a user who is marked as another secret’s': {
    ...{ document: { rotation: pair('app', 'victim') }, filled: theirs, ...unbound },
    prepare: ({ database, secret }) =>
      database.addUser('victim', 'victim-password', ['everything'], {
        mark: { secretArn: `${secret.arn}x`, users: ['app', 'victim'] },
      }),
  },
  'names a user who is marked as another secret’s, where all users are allowed': {
    ...{ document: { rotation: pair('app', 'victim') }, filled: theirs, ...unbound },
    settings: { superuserTargets: [`*@${HOST}`] },
    prepare: ({ database, secret }) =>
      database.addUser('victim', 'victim-password', ['everything'], {
        mark: { secretArn: `${secret.arn}x`, users: ['app', 'victim'] },
      }),
  },
  'names a user outside the pair that the live user is marked for': {
    ...{ document: { rotation: pair('app', 'victim') }, filled: theirs, ...unbound },
    prepare: ({ database, secret }) =>
      database.addUser('app', 'app-password', [], {
        mark: { secretArn: secret.arn, users: ['app', 'app_clone'] },
      }),
  },
  'has its own user marked for another, where users can do that themselves': {
    ...{ document: { rotation: pair('app', 'victim') }, filled: theirs, ...unbound },
    usersMarkThemselves: true,
    prepare: ({ database, secret }) =>
      database.addUser('app', 'app-password', [], {
        mark: { secretArn: secret.arn, users: ['app', 'victim'] },
      }),
  },
  'has an AWSPREVIOUS of another that logs in as the anonymous user': {
    ...{ document: { rotation: pair('app', 'guest') }, filled: { username: 'guest' } },
    ...{ refused: 'setSecret IDENTITY_MISMATCH', refusedFilled: 'setSecret IDENTITY_MISMATCH' },
    prepare(stage) {
      stage.database.addUser('guest', 'anonymous-password');
      stage.database.takenFor.set('guest', '');
      stage.forgePrevious({ username: 'guest', password: 'anonymous-password' });
    },
  },
  'names a managed superuser secret of another engine': {
    superuser: { username: 'dba', password: 'dba-password' },
    endpoints: { ofManagedSecret: async () => ({ engine: 'oracle-ee', host: HOST, port: 1 }) },
    ...{ filled: { username: 'app_clone' }, ...refusedAtOnce('SUPERUSER_SECRET_INVALID') },
  },
  'names a managed superuser secret of another host': {
    superuser: { username: 'dba', password: 'dba-password' },
    endpoints: { ofManagedSecret: async () => ({ engine: 'fake', host: EVIL, port: 1 }) },
    ...{ filled: { username: 'app_clone' }, ...refusedAtOnce('SUPERUSER_HOST_MISMATCH') },
  },
};

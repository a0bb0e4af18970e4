/**
 * What must hold, as plays that run on the project's code and on mutated copies of it. Each throws when it does not.
 */
import assert from 'node:assert/strict';
import { attach, CURRENT } from '../../local/secrets-manager/labels.ts';
import type { Wire } from './fake-engine.ts';
import { type Code, codeOf, HOST, Play } from './play.ts';

export type Scenario = (code: Code) => Promise<void>;

/** Calls `act` before the first call with this label has its effect. */
const before =
  (label: string, act: () => void): Wire =>
  async (called, effect) => {
    if (called === label) {
      act();
      label = '';
    }
    return effect();
  };

/** Little time left, so that nothing is waited for long. */
const SHORT_MS = 3_000;

export const SCENARIOS = {
  async 'a database that still holds the password of AWSPREVIOUS is brought up to date'(code) {
    const play = new Play(code, 'single-user');
    const original = play.login('AWSCURRENT') as { username: string; password: string };
    await play.rotation(play.begin());
    // Restored from a snapshot.
    play.database.addUser('app', original.password, [...play.database.rightsOf('app')]);
    await play.rotation(play.begin());
    play.assertNobodyIsLockedOut();
    assert(play.serves('AWSCURRENT'));
  },

  async 'testSecret fails when the engine only pretended to change the password'(code) {
    for (const plot of ['single-user', 'alternating-users'] as const) {
      const play = new Play(code, plot);
      const versionId = play.begin();
      await play.step('createSecret', versionId);
      play.database.misbehaviour.pretendsToChange = true;
      await play.step('setSecret', versionId);
      assert.equal(await codeOf(play.step('testSecret', versionId)), 'CREDENTIALS_REJECTED');
    }
  },

  async 'nothing is promoted that the engine only pretended to change'(code) {
    for (const plot of ['single-user', 'alternating-users'] as const) {
      const play = new Play(code, plot);
      play.database.misbehaviour.pretendsToChange = true;
      await codeOf(play.rotation(play.begin()));
      assert(play.serves('AWSCURRENT'));
    }
  },

  async 'a standby that logs in but lacks rights is completed, not promoted as it is'(code) {
    const play = new Play(code, 'alternating-users');
    const versionId = play.begin();
    await play.step('createSecret', versionId);
    const { username, password } = play.login('AWSPENDING') as { username: string; password: string };
    // As after a crash on a server whose DDL commits statement by statement.
    const mark = { secretArn: play.secret.arn, users: ['app', 'app_clone'] as const };
    play.database.addUser(username, password, [], { mark });
    await play.rotation(versionId);
    assert(play.serves('AWSCURRENT'));
    assert.equal(play.login('AWSCURRENT')?.username, 'app_clone');
  },

  async 'a label that somebody else moved meanwhile is left where it is'(code) {
    const play = new Play(code, 'single-user');
    const versionId = play.begin();
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) await play.step(step, versionId);
    const other = play.begin();
    // Both versions may have been pending; this one's label is put back, as in a slow race.
    attach(play.secret, 'AWSPENDING', versionId);
    const moved = before('login', () => attach(play.secret, CURRENT, other));
    assert.equal(await codeOf(play.step('finishSecret', versionId, moved)), 'FENCE_LOST');
    assert.equal(play.secret.labels.get(CURRENT), other);
  },

  async 'a late attempt does not overwrite a password promoted since'(code) {
    const play = new Play(code, 'single-user');
    const first = play.begin();
    await play.step('createSecret', first);
    const gate = Promise.withResolvers<void>();
    // Logged in with AWSCURRENT, then held up: the session outlives the password.
    const late: Wire = async (label, effect) => {
      const result = effect();
      if (label === 'isWriter') await gate.promise;
      return result;
    };
    const held = codeOf(play.step('setSecret', first, late));
    await play.rotation(first);
    await play.rotation(play.begin());
    gate.resolve();
    assert.equal(await held, 'FENCE_LOST');
    assert(play.serves('AWSCURRENT'));
  },

  async 'AWSPENDING is kept when the database turns out to hold its password'(code) {
    const play = new Play(code, 'single-user');
    const versionId = play.begin();
    await play.step('createSecret', versionId);
    const pending = play.login('AWSPENDING') as { username: string; password: string };
    // The statement of an attempt that was killed lands just before the policy is tightened.
    const lands = before('changePassword', () => {
      play.database.addUser('app', pending.password, [...play.database.rightsOf('app')]);
      play.database.misbehaviour.refusesPasswords = true;
    });
    assert.equal(await codeOf(play.step('setSecret', versionId, lands)), 'PASSWORD_REFUSED');
    play.assertNobodyIsLockedOut();
    await play.rotation(versionId);
    assert(play.serves('AWSCURRENT'));
  },

  async 'a password that the policy refuses is given up, so that the next rotation starts clean'(code) {
    for (const plot of ['single-user', 'alternating-users'] as const) {
      const play = new Play(code, plot);
      const versionId = play.begin();
      await play.step('createSecret', versionId);
      play.database.misbehaviour.refusesPasswords = true;
      assert.equal(await codeOf(play.step('setSecret', versionId)), 'PASSWORD_GIVEN_UP');
      assert.equal(play.secret.labels.get('AWSPENDING'), undefined);
      // A retry of the version that was given up says so.
      assert.equal(await codeOf(play.step('setSecret', versionId)), 'VERSION_NOT_PENDING');
      play.database.misbehaviour.refusesPasswords = false;
      await play.rotation(play.begin());
      assert(play.serves('AWSCURRENT'));
    }
  },

  async 'a single user is promoted even if nothing is known of it in finishSecret, for AWSCURRENT is dead'(
    code,
  ) {
    const play = new Play(code, 'single-user');
    const versionId = play.begin();
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) await play.step(step, versionId);
    play.database.misbehaviour.readOnly = true;
    await play.step('finishSecret', versionId, undefined, SHORT_MS);
    assert(play.serves('AWSCURRENT'));
  },

  async 'a standby is not promoted while nothing is known of it, for AWSCURRENT works'(code) {
    const play = new Play(code, 'alternating-users');
    const versionId = play.begin();
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) await play.step(step, versionId);
    play.database.misbehaviour.readOnly = true;
    assert.equal(await codeOf(play.step('finishSecret', versionId)), 'DATABASE_READ_ONLY');
    assert.equal(play.login('AWSCURRENT')?.username, 'app');
  },

  async 'a write that a failover lost is made once more before the label moves'(code) {
    const play = new Play(code, 'single-user');
    const versionId = play.begin();
    const old = play.login('AWSCURRENT') as { username: string; password: string };
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) await play.step(step, versionId);
    play.database.addUser('app', old.password, [...play.database.rightsOf('app')]);
    await play.step('finishSecret', versionId);
    assert(play.serves('AWSCURRENT'));
  },

  async 'testSecret alone passes on a copy of AWSCURRENT, as Secrets Manager runs it to test a configuration'(
    code,
  ) {
    for (const plot of ['single-user', 'alternating-users'] as const) {
      const play = new Play(code, plot);
      const versionId = play.begin();
      const value = play.secret.versions.get(play.secret.labels.get(CURRENT) ?? '')?.value;
      play.secret.versions.set(versionId, { id: versionId, value, createdAt: 0 });
      await play.step('testSecret', versionId);
    }
  },

  async 'a late finishSecret does not promote a password that was replaced since'(code) {
    const play = new Play(code, 'alternating-users');
    const first = play.begin();
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) await play.step(step, first);
    const gate = Promise.withResolvers<void>();
    const late: Wire = async (label, effect) => {
      const result = effect();
      if (label === 'isWriter') await gate.promise;
      return result;
    };
    const held = codeOf(play.step('finishSecret', first, late));
    // AWSPENDING goes to another version, which sets the same standby to another password.
    const second = play.begin();
    for (const step of ['createSecret', 'setSecret'] as const) await play.step(step, second);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    gate.resolve();
    assert.equal(await held, 'FENCE_LOST');
    assert(play.serves('AWSCURRENT'));
    await play.rotation(second);
    assert(play.serves('AWSCURRENT'));
  },

  async 'a standby that was promoted with a password replaced since is mended by the version that replaced it'(
    code,
  ) {
    const play = new Play(code, 'alternating-users');
    const first = play.begin();
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) await play.step(step, first);
    const second = play.begin();
    for (const step of ['createSecret', 'setSecret'] as const) await play.step(step, second);
    attach(play.secret, CURRENT, first);
    assert(!play.serves('AWSCURRENT'));
    await play.rotation(second);
    assert(play.serves('AWSCURRENT'));
  },

  async 'a user that is marked for another secret is not taken over, even where the deployment lists it'(
    code,
  ) {
    const play = new Play(code, 'alternating-users', undefined, { superuserTargets: [`*@${HOST}`] });
    const mark = { secretArn: 'arn:another', users: ['app', 'app_clone'] as const };
    play.database.addUser('app_clone', 'of-another-secret', [], { mark });
    assert.equal(await codeOf(play.rotation(play.begin())), 'USER_NOT_BOUND');
    assert(play.database.accepts({ username: 'app_clone', password: 'of-another-secret' }));
  },

  async 'a version that was given up after it had set its password does not cost AWSCURRENT its own'(code) {
    const play = new Play(code, 'dual-password');
    const first = play.begin();
    for (const step of ['createSecret', 'setSecret'] as const) await play.step(step, first);
    // Somebody cancels; the database keeps the first version's password as the primary one.
    play.secret.labels.delete('AWSPENDING');
    const second = play.begin();
    for (const step of ['createSecret', 'setSecret'] as const) {
      await play.step(step, second);
      play.assertNobodyIsLockedOut();
    }
    await play.rotation(second);
    assert(play.serves('AWSCURRENT') && play.serves('AWSPREVIOUS'));
  },

  async 'setSecret that runs twice does not retain twice'(code) {
    const play = new Play(code, 'dual-password');
    const versionId = play.begin();
    for (const step of ['createSecret', 'setSecret', 'setSecret', 'testSecret'] as const) {
      await play.step(step, versionId);
      play.assertNobodyIsLockedOut();
    }
    await play.step('finishSecret', versionId);
    assert(play.serves('AWSCURRENT') && play.serves('AWSPREVIOUS'));
  },

  async 'a server that keeps one password is told from one that keeps two'(code) {
    const play = new Play(code, 'dual-password');
    const versionId = play.begin();
    await play.step('createSecret', versionId);
    const engine = play.database;
    engine.keepsTwo = false;
    assert.equal(await codeOf(play.step('setSecret', versionId)), 'SECRET_INVALID');
  },

  async 'throttled label calls of any kind do not leave AWSCURRENT dead'(code) {
    const play = new Play(code, 'single-user');
    const versionId = play.begin();
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) await play.step(step, versionId);
    const failing = new Set(['UpdateSecretVersionStage', 'DescribeSecret']);
    let seen = 0;
    const throttled: Wire = async (label, effect) => {
      // The step's own first look at the labels comes through; then each call fails once.
      if (label === 'DescribeSecret') seen += 1;
      if ((label !== 'DescribeSecret' || seen > 1) && failing.delete(label))
        throw new code.KeyturnError('SECRET_STORE_FAILED', 'Throttled.', { retryable: true });
      return effect();
    };
    await play.step('finishSecret', versionId, throttled);
    assert(play.serves('AWSCURRENT'));
  },

  async 'a user that nothing binds to the secret is not taken over'(code) {
    const play = new Play(code, 'alternating-users');
    play.database.addUser('app_clone', 'somebody-else', ['everything']);
    assert.equal(await codeOf(play.rotation(play.begin())), 'USER_NOT_BOUND');
    assert(play.database.accepts({ username: 'app_clone', password: 'somebody-else' }));
  },

  async 'a mark that users can put on themselves speaks for nobody else'(code) {
    const play = new Play(code, 'alternating-users');
    const { password } = play.login('AWSCURRENT') as { password: string };
    play.database.usersMarkThemselves = true;
    const mark = { secretArn: play.secret.arn, users: ['app', 'app_clone'] as const };
    play.database.addUser('app', password, [], { mark });
    play.database.addUser('app_clone', 'somebody-else', ['everything']);
    assert.equal(await codeOf(play.rotation(play.begin())), 'USER_NOT_BOUND');
    assert(play.database.accepts({ username: 'app_clone', password: 'somebody-else' }));
  },

  async 'a login as AWSPREVIOUS that the server gives to somebody else proves nothing'(code) {
    const play = new Play(code, 'alternating-users');
    play.database.usersMarkThemselves = true;
    await play.rotation(play.begin());
    play.database.takenFor.set('app', 'anonymous');
    assert.equal(await codeOf(play.rotation(play.begin())), 'IDENTITY_MISMATCH');
    assert(play.serves('AWSCURRENT') && play.serves('AWSPREVIOUS'));
  },

  async 'a protected user is neither changed nor cloned'(code) {
    for (const username of ['app', 'app_clone']) {
      const play = new Play(code, 'alternating-users', undefined, { superuserTargets: [`*@${HOST}`] });
      const { password } = play.login('AWSCURRENT') as { password: string };
      play.database.addUser(username, password, [], { protectedBecause: 'is a superuser' });
      assert.equal(await codeOf(play.rotation(play.begin())), 'USER_PROTECTED');
      assert(play.database.accepts({ username, password }));
    }
  },
} as const satisfies Record<string, Scenario>;

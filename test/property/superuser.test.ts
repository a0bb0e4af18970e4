/**
 * Attacks by someone who may write a secret but holds no rights in the database: whom, where and by which superuser
 * he has Keyturn act is not his to decide. That the owner role must be one the live user is already a member of
 * can only be seen on a server, in test/integration.
 */
import { describe, expect, it } from 'vitest';
import type { ManagedSecret } from '../../shared/rotation/endpoints.ts';
import { STEPS } from '../../shared/rotation/event.ts';
import { ATTACKS, type Attack, bySuperuser, pair } from '../support/attacks.ts';
import { HOST } from '../support/play.ts';
import { type Setup, Stage } from '../support/superuser-stage.ts';

const superuserLogins = ({ logins }: Stage) => logins.filter((login) => login.startsWith('dba@'));

function staged({ prepare, ...attack }: Attack): Stage {
  const stage = new Stage(attack);
  prepare?.(stage);
  return stage;
}

describe.each(Object.entries(ATTACKS))('a writer who %s', (_name, attack) => {
  const check = (stage: Stage, before: ReturnType<Stage['state']>, refusal: string) => {
    expect(stage.state()).toEqual(before);
    // Only to look at a user does the superuser log in before a refusal.
    const allowed = /USER_NOT_BOUND|USER_PROTECTED|IDENTITY_MISMATCH/.test(refusal) ? [`dba@${HOST}:1`] : [];
    expect([...new Set(superuserLogins(stage))]).toEqual(allowed);
  };

  it('is refused', async () => {
    const stage = staged(attack);
    const versionId = stage.model.beginRotation(stage.secret);
    const before = stage.state();
    expect(await stage.refusal(versionId)).toBe(attack.refused);
    if (attack.refused.startsWith('createSecret')) {
      expect(stage.logins).toEqual([]);
      expect(stage.model.text(stage.secret, 'AWSPENDING')).toBeUndefined();
    }
    check(stage, before, attack.refused);
  });

  it('is refused when he has filled AWSPENDING himself', async () => {
    const stage = staged(attack);
    const versionId = stage.beginFilled({ ...attack.document, ...attack.filled });
    const before = stage.state();
    expect(await stage.refusal(versionId)).toBe(attack.refusedFilled);
    check(stage, before, attack.refusedFilled);
  });
});

describe('a superuser secret', () => {
  it('that is not allowed is not even read', async () => {
    const stage = new Stage({ superuserName: 'another-team/dba' });
    await stage.refusal(stage.model.beginRotation(stage.secret));
    expect(stage.reads).not.toContain(stage.superuser.arn);
  });

  it('is not brought in by AWSPENDING alone', async () => {
    const stage = new Stage({ document: { rotation: { strategy: 'single-user' } } });
    const before = stage.state();
    const versionId = stage.beginFilled({ rotation: bySuperuser });
    expect(await stage.refusal(versionId)).toBe('setSecret SUPERUSER_NOT_ALLOWED');
    expect(stage.state().users).toEqual(before.users);
    expect(superuserLogins(stage)).toEqual([]);
  });

  it('is used on its own host only, when that is the proven writer of the secret’s', async () => {
    const asked: string[] = [];
    const isWriterOf = async (...hosts: [string, string]) => asked.push(hosts.join(' of ')) > 0;
    const stage = new Stage({ document: { host: 'reader.example.org' }, endpoints: { isWriterOf } });
    expect(await stage.refusal(stage.model.beginRotation(stage.secret))).toBeUndefined();
    expect(new Set(asked)).toEqual(new Set([`${HOST} of reader.example.org`]));
    expect(new Set(superuserLogins(stage))).toEqual(new Set([`dba@${HOST}:1`]));
  });

  it('that RDS manages is found by its tags', async () => {
    const seen: ReadonlyMap<string, string>[] = [];
    const ofManagedSecret = async ({ tags }: ManagedSecret) => {
      seen.push(tags);
      return { engine: 'fake', host: HOST, port: 1 };
    };
    const superuser = { username: 'dba', password: 'dba-password' };
    const stage = new Stage({ superuser, endpoints: { ofManagedSecret } });
    stage.superuser.tags.set('aws:rds:primaryDBInstanceArn', 'arn:aws:rds:eu-central-1:111122223333:db:one');
    expect(await stage.refusal(stage.model.beginRotation(stage.secret))).toBeUndefined();
    for (const tags of seen) expect(tags).toEqual(stage.superuser.tags);
    expect(seen.length).toBeGreaterThan(0);
  });
});

describe('a superuser password that is rotated between its reading and its use', () => {
  const rotated = { engine: 'fake', host: HOST, username: 'dba', password: 'new-dba-password' };
  const midway = (secretFollows: boolean) => {
    const stage = new Stage();
    stage.beforeLogin = (login) => {
      if (!login.startsWith('dba@') || superuserLogins(stage).length > 0) return;
      stage.database.addUser('dba', rotated.password, [], { protectedBecause: 'is a superuser' });
      if (secretFollows) stage.promote(stage.superuser, rotated);
    };
    return stage;
  };

  it('is read once more', async () => {
    const stage = midway(true);
    expect(await stage.refusal(stage.model.beginRotation(stage.secret))).toBeUndefined();
    expect(superuserLogins(stage)).toHaveLength(2);
  });

  it('is not tried a third time', async () => {
    const stage = midway(false);
    const versionId = stage.model.beginRotation(stage.secret);
    const { labels, users } = stage.state();
    expect(await stage.refusal(versionId)).toBe('setSecret CREDENTIALS_REJECTED');
    expect(superuserLogins(stage)).toHaveLength(2);
    users.delete('dba');
    stage.database.users.delete('dba');
    expect(stage.state()).toEqual({ labels, users });
  });
});

describe.each([
  ['its owner', { owningService: 'rds' }],
  ['its name', { name: 'rds!db-1' }],
])('a secret that a service manages, known by %s', (_how, setup) => {
  it.each(STEPS)('is no target of %s', async (step) => {
    const stage = new Stage(setup);
    const versionId = stage.beginFilled({ username: 'app_clone' });
    const before = stage.state();
    expect(await stage.refusal(versionId, [step])).toBe(`${step} SECRET_MANAGED_BY_SERVICE`);
    expect(stage.state()).toEqual(before);
    expect([...stage.logins, ...stage.reads, ...stage.model.changes]).toEqual([]);
  });
});

it.each<[string, Setup, string]>([
  ['a base and its clone', {}, 'app_clone'],
  [
    'two users, the second of them listed by the deployment',
    { document: { rotation: pair('app', 'app_blue') }, settings: { superuserTargets: [`app_blue@${HOST}`] } },
    'app_blue',
  ],
])('an honest writer’s pair is rotated: %s', async (_name, setup, standby) => {
  const stage = new Stage(setup);
  expect(await stage.refusal(stage.model.beginRotation(stage.secret))).toBeUndefined();
  const current = JSON.parse(stage.model.text(stage.secret, 'AWSCURRENT') ?? '{}');
  expect(current.username).toBe(standby);
  expect(stage.database.accepts(current)).toBe(true);
  expect(superuserLogins(stage)).toEqual([`dba@${HOST}:1`]);
});

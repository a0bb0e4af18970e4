/** Whom a superuser is made to act on: through the bundled functions, on every engine. */
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineUnderTest, enginesToTest } from '../../local/rehearsal/engines.ts';
import { startScene } from '../../local/rehearsal/scene.ts';

const { engines, missing } = await enginesToTest();
for (const { what, reason } of missing) it.skip(`authority on ${what}: ${reason}`, () => {});

describe.each(engines)('authority on $name', ({ engine, pair, start }) => {
  let server: EngineUnderTest;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const superuserOf = (secrets: readonly { readonly name: string }[]): string =>
    secrets.find(({ name }) => name.startsWith('dba_'))?.name ?? '';

  it('a stranger’s user is not taken over, until an administrator says so as the message says', async () => {
    const stranger = { username: 'stranger', password: 'Of-another-team-1' };
    await server.create(stranger);
    await using scene = await startScene(server.database, pair, {
      env: { KEYTURN_SUPERUSER_TARGETS: '' },
    });
    await server.entrust(stranger.username, superuserOf(scene.secrets()));
    const users = [scene.login('AWSCURRENT').username, stranger.username];
    scene.edit((fields) => ({
      ...fields,
      rotation: { strategy: 'alternating-users', users, rights: 'report' },
    }));
    expect(await scene.run(scene.begin())).toBe('USER_NOT_BOUND');
    expect(await server.database.work(stranger)).toBe('accepted');
    if (engine === 'mariadb') {
      expect(scene.lastError).toContain(`list stranger@${server.database.host} in KEYTURN_SUPERUSER_TARGETS`);
    } else {
      const shown =
        /, as an administrator: (.+?;?) Cause: /.exec(scene.lastError.replaceAll('\n', ' '))?.[1] ?? '';
      for (const statement of shown.split(/(?<=;) (?=ALTER GROUP)/))
        await server.database.administer(statement);
      expect(await scene.run(scene.begin())).toBeUndefined();
      expect(scene.login('AWSCURRENT').username).toBe('stranger');
      expect(await scene.works('AWSCURRENT')).toBe(true);
      expect(await scene.works('AWSPREVIOUS')).toBe(true);
    }
    await server.drop('stranger');
  });

  if (engine === 'mysql')
    it('a user that marks itself for another, as any user of MySQL may, takes nobody over', async () => {
      const stranger = { username: 'stranger', password: 'Of-another-team-1' };
      await server.create(stranger);
      await using scene = await startScene(server.database, pair, {
        env: { KEYTURN_SUPERUSER_TARGETS: '' },
      });
      const own = scene.login('AWSCURRENT');
      const users = [own.username, stranger.username];
      const mark = JSON.stringify({ keyturn: { secret: scene.secret.arn, users } });
      const { host, port } = server.database;
      const connection = await createConnection({ host, port, user: own.username, password: own.password });
      await connection.query(`ALTER USER CURRENT_USER() IDENTIFIED BY '${own.password}' ATTRIBUTE '${mark}'`);
      await connection.end();
      scene.edit((fields) => ({
        ...fields,
        rotation: { strategy: 'alternating-users', users, rights: 'report' },
      }));
      expect(await scene.run(scene.begin())).toBe('USER_NOT_BOUND');
      expect(await server.database.work(stranger)).toBe('accepted');
      await server.drop('stranger');
    });

  it('a standby of another secret is left alone', async () => {
    await using first = await startScene(server.database, pair);
    expect(await first.run(first.begin())).toBeUndefined();
    const standby = first.login('AWSCURRENT').username;
    await using second = await startScene(server.database, pair);
    await server.entrust(standby, superuserOf(second.secrets()));
    const users = [second.login('AWSCURRENT').username, standby];
    second.edit((fields) => ({ ...fields, rotation: { strategy: 'alternating-users', users } }));
    expect(await second.run(second.begin())).toBe('USER_NOT_BOUND');
    if (engine !== 'mariadb') expect(second.lastError).toContain(`${standby} belongs to `);
    expect(await first.works('AWSCURRENT')).toBe(true);
  });

  it('the superuser’s own user is never its standby', async () => {
    await using scene = await startScene(server.database, pair);
    const superuser = superuserOf(scene.secrets());
    const users = [scene.login('AWSCURRENT').username, superuser];
    scene.edit((fields) => ({ ...fields, rotation: { strategy: 'alternating-users', users } }));
    expect(await scene.run(scene.begin())).toBe('USER_PROTECTED');
    const login = scene.secrets().find(({ name }) => name === superuser);
    expect(
      await server.database
        .work({ username: superuser, password: login?.text ?? '' })
        .catch(() => 'no rights'),
    ).not.toBe('rejected');
  });

  it('by superuser: a user that no deployment has listed is left alone', async () => {
    await using scene = await startScene(server.database, 'by superuser', {
      env: { KEYTURN_SUPERUSER_TARGETS: `svc_*@another.example.org` },
    });
    const stranger = { username: 'bystander', password: 'Of-another-team-1' };
    await server.create(stranger);
    await server.entrust(stranger.username, superuserOf(scene.secrets()));
    scene.edit((fields) => ({ ...fields, username: stranger.username, password: 'guessed' }));
    expect(await scene.run(scene.begin())).not.toBeUndefined();
    expect(await server.database.work(stranger)).toBe('accepted');
    await server.drop(stranger.username);
  });
});

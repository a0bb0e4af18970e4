/**
 * Faults of AWS's own rotation functions, each reproduced there, as regressions here: through the bundled functions, on
 * real servers. Numbers are those of the list the project keeps of them. Those that grants once copied are out of step
 * (4, 9), those of authority (17, 18 in part) and those of rights are scenes of authority.test.ts and
 * rights-of-a-pair.test.ts too.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTap } from '../../local/fault-tap.ts';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { type EngineUnderTest, enginesToTest } from '../../local/rehearsal/engines.ts';
import { postgresOnStage } from '../../local/rehearsal/postgres.ts';
import { startScene } from '../../local/rehearsal/scene.ts';
import { postgresMajors } from '../../local/servers/postgres.ts';

const { engines, missing } = await enginesToTest();
for (const { what, reason } of missing) it.skip(`faults of AWS functions on ${what}: ${reason}`, () => {});

describe.each(engines)('faults of AWS functions, $name', ({ own, pair, start }) => {
  let server: EngineUnderTest;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('3: a user whose name ends in _clone does not take over the one without', async () => {
    await using scene = await startScene(server.database, pair);
    const { username } = scene.login('AWSCURRENT');
    const stranger = { username: 'reporting', password: 'Of-another-team-1' };
    await server.create(stranger);
    await server.rename(username, 'reporting_clone');
    await server.setPassword({ username: 'reporting_clone', password: 'Its-own-123' });
    scene.edit((fields) => ({ ...fields, username: 'reporting_clone', password: 'Its-own-123' }));
    const versionId = scene.begin();
    expect(await scene.run(versionId)).toBe('SECRET_INVALID');
    expect(scene.lastError).toContain('rotation.users');
    expect(await server.database.work(stranger)).toBe('accepted');
    // Named on purpose, it is still a stranger to this secret.
    const rotation = { strategy: 'alternating-users', users: ['reporting_clone', 'reporting'] };
    scene.edit((fields) => ({ ...fields, rotation }));
    expect(await scene.run(scene.begin())).toBe('USER_NOT_BOUND');
    expect(await server.database.work(stranger)).toBe('accepted');
    await server.drop('reporting_clone');
    await server.drop('reporting');
  });

  it('10: TLS that cannot be verified is an error, and the login is not sent again in clear', async () => {
    await using tap = await startTap({ host: server.database.host, port: server.database.port });
    await using scene = await startScene(server.database, own, {
      databasePort: tap.port,
      env: { KEYTURN_TLS_SERVER_NAMES: '127.0.0.1=another.example.org' },
    });
    expect(await scene.run(scene.begin())).toBe('TLS_NOT_VERIFIED');
    expect(tap.connections).toBe(1);
  });

  it('11: failures are told apart', async () => {
    const { database } = server;
    await using scene = await startScene(database, own);
    const failing = async (change: Record<string, unknown>) => {
      scene.edit((fields) => ({ ...fields, ...change }));
      return scene.run(scene.begin());
    };
    expect(await failing({ port: 1 })).toBe('DATABASE_UNREACHABLE');
    expect(await failing({ port: database.port, host: 'db.invalid' })).toBe('DATABASE_UNREACHABLE');
    expect(await failing({ host: database.host, dbname: 'missing' })).toBe('LOGIN_REFUSED');
    scene.edit((fields) => ({ ...fields, password: 'wrong' }));
    // AWSPREVIOUS, which would be tried as well, still has the right one.
    scene.secret.labels.delete('AWSPREVIOUS');
    expect(await scene.run(scene.begin())).toBe('CREDENTIALS_REJECTED');
  });

  it('16: the usual rotation makes no failing login, so that no lock-out policy is tripped', async () => {
    for (const cast of [own, pair]) {
      await using scene = await startScene(server.database, cast);
      const before = await server.failedLogins?.();
      expect(await scene.run(scene.begin())).toBeUndefined();
      expect(await scene.run(scene.begin())).toBeUndefined();
      expect(await server.failedLogins?.()).toBe(before);
      expect(scene.stage.function.output()).not.toContain('failedLogins');
    }
  });

  it('17, 18: versions are compared before anything is sent to the place that a stranger wrote in', async () => {
    const { database } = server;
    await using elsewhere = await startTap({ host: database.host, port: database.port });
    await using scene = await startScene(database, own);
    const versionId = scene.begin();
    await scene.run(versionId, 'createSecret');
    scene.edit((fields) => ({ ...fields, port: elsewhere.port }));
    expect(await scene.run(versionId, 'setSecret')).toBe('VERSIONS_DISAGREE');
    scene.edit((fields) => ({ ...fields, port: database.port, username: 'administrator' }));
    expect(await scene.run(versionId, 'setSecret')).toBe('VERSIONS_DISAGREE');
    expect(elsewhere.connections).toBe(0);
  });
});

const PAIR = 'base and clone';

describe.each(postgresMajors().installed)(
  'faults that only PostgreSQL has room for, PostgreSQL %i',
  (major) => {
    let database: DatabaseOnStage;
    beforeAll(async () => {
      database = await postgresOnStage(major);
    });
    afterAll(() => database[Symbol.asyncDispose]());

    it.skipIf(major < 16)('5: a missing ADMIN OPTION is named with the grant that gives it', async () => {
      await using scene = await startScene(database, PAIR);
      const { username } = scene.login('AWSCURRENT');
      const [admin] = await database.administer(
        `SELECT m.member::regrole::text AS name FROM pg_auth_members m WHERE m.roleid = '${username}'::regrole AND m.admin_option`,
      );
      await database.administer(`REVOKE ${username} FROM ${admin?.['name']}`);
      expect(await scene.run(scene.begin())).toBe('DATABASE_REFUSED');
      expect(scene.lastError).toContain(`GRANT "${username}" TO "${admin?.['name']}" WITH ADMIN OPTION`);
      expect(await scene.works('AWSCURRENT')).toBe(true);
    });

    it.skipIf(major < 16)('6: a retired clone cannot change the password of the user in use', async () => {
      await using scene = await startScene(database, PAIR);
      await scene.run(scene.begin());
      await scene.run(scene.begin());
      const { username: base } = scene.login('AWSCURRENT');
      const retired = scene.login('AWSPREVIOUS');
      expect(retired.username).toBe(`${base}_clone`);
      const [{ can } = {}] = await database.administer(
        `SELECT pg_has_role('${retired.username}', '${base}', 'SET') AS can`,
      );
      expect(can).toBe(false);
      expect(await scene.works('AWSPREVIOUS')).toBe(true);
    });

    it('7: what only the clone can reach is named before the base is promoted', async () => {
      await using scene = await startScene(database, PAIR);
      await scene.run(scene.begin());
      const { username: clone } = scene.login('AWSCURRENT');
      await database.administer(
        `CREATE TABLE made_by_clone (id int); ALTER TABLE made_by_clone OWNER TO ${clone}`,
      );
      const versionId = scene.begin();
      expect(await scene.run(versionId)).toBe('RIGHTS_DIFFER');
      const fix = /ALTER TABLE public\.made_by_clone OWNER TO "[^"]+"/.exec(scene.lastError)?.[0];
      expect(fix).toBeDefined();
      expect(await scene.works('AWSCURRENT')).toBe(true);
      await database.administer(fix ?? '');
      expect(await scene.run(versionId)).toBeUndefined();
      expect(await scene.works('AWSCURRENT')).toBe(true);
      await database.administer('DROP TABLE made_by_clone');
    });

    it('7: settings and attributes come along', async () => {
      await using scene = await startScene(database, PAIR);
      const { username: base } = scene.login('AWSCURRENT');
      await database.administer(`ALTER ROLE ${base} CONNECTION LIMIT 7`);
      await scene.run(scene.begin());
      const { username: clone } = scene.login('AWSCURRENT');
      const of = (name: string) =>
        database.administer(
          `SELECT rolconnlimit, array(SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setrole = oid) AS settings FROM pg_roles WHERE rolname = '${name}'`,
        );
      expect(clone).toBe(`${base}_clone`);
      expect(await of(clone)).toEqual(await of(base));
    });

    it('9: the membership is granted again after the base was dropped and made anew', async () => {
      await using scene = await startScene(database, PAIR);
      await scene.run(scene.begin());
      await scene.run(scene.begin());
      const { username, password } = scene.login('AWSCURRENT');
      const admins = await database.administer(
        `SELECT m.member::regrole::text AS name FROM pg_auth_members m WHERE m.roleid = '${username}'::regrole AND m.admin_option AND m.member::regrole::text <> 'postgres'`,
      );
      await database.administer(`DROP OWNED BY ${username}; DROP ROLE ${username}`);
      await database.administer(
        `CREATE ROLE ${username} LOGIN PASSWORD '${password}'; GRANT SELECT, INSERT ON orders TO ${username}`,
      );
      for (const { name } of admins)
        await database.administer(`GRANT ${username} TO ${name} WITH ADMIN OPTION`);
      expect(await scene.run(scene.begin())).toBeUndefined();
      expect(await scene.works('AWSCURRENT')).toBe(true);
    });

    it('11: a user without LOGIN is told from a wrong password', async () => {
      await using scene = await startScene(database, 'own password');
      await database.administer(`ALTER ROLE ${scene.login('AWSCURRENT').username} NOLOGIN`);
      expect(await scene.run(scene.begin())).toBe('LOGIN_REFUSED');
      expect(scene.lastError).toContain('NOLOGIN');
    });
  },
);

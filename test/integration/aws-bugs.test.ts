/**
 * Faults of AWS's own rotation functions for PostgreSQL, each reproduced there, as regressions here: through the
 * bundled function, on a real server. Numbers are those of the list the project keeps of them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTap } from '../../local/fault-tap.ts';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { postgresOnStage } from '../../local/rehearsal/postgres.ts';
import { postgresMajors } from '../../local/servers/postgres.ts';
import { startScene } from '../support/scene.ts';

const SINGLE = 'own password';
const PAIR = 'base and clone';

describe.each(postgresMajors().installed)('faults of AWS functions, PostgreSQL %i', (major) => {
  let database: DatabaseOnStage;
  beforeAll(async () => {
    database = await postgresOnStage(major);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it('3: a user whose name ends in _clone does not take over the one without', async () => {
    await using scene = await startScene(database, PAIR);
    const { username } = scene.login('AWSCURRENT');
    await database.administer(`CREATE ROLE reporting LOGIN PASSWORD 'of-another-team'`);
    await database.administer(`ALTER ROLE ${username} RENAME TO reporting_clone`);
    await database.administer(`ALTER ROLE reporting_clone PASSWORD 'its-own'`);
    scene.edit((fields) => ({ ...fields, username: 'reporting_clone', password: 'its-own' }));
    const versionId = scene.begin();
    expect(await scene.run(versionId)).toBe('SECRET_INVALID');
    expect(scene.lastError).toContain('rotation.users');
    expect(
      await database.work({ username: 'reporting', password: 'of-another-team' }).catch(() => 'accepted'),
    ).toBe('accepted');
    // Named on purpose, it is still a stranger to this secret.
    const rotation = { strategy: 'alternating-users', users: ['reporting_clone', 'reporting'] };
    scene.edit((fields) => ({ ...fields, rotation }));
    expect(await scene.run(scene.begin())).toBe('USER_NOT_BOUND');
    await database.administer('DROP OWNED BY reporting_clone; DROP ROLE reporting, reporting_clone');
  });

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

  it('10: TLS that cannot be verified is an error, and the login is not sent again in clear', async () => {
    await using tap = await startTap({ host: database.host, port: database.port });
    await using scene = await startScene(database, SINGLE, {
      databasePort: tap.port,
      env: { KEYTURN_TLS_SERVER_NAMES: '127.0.0.1=another.example.org' },
    });
    expect(await scene.run(scene.begin())).toBe('TLS_NOT_VERIFIED');
    expect(tap.connections).toBe(1);
  });

  it('11: failures are told apart', async () => {
    await using scene = await startScene(database, SINGLE);
    const { username } = scene.login('AWSCURRENT');
    const failing = async (change: Record<string, unknown>) => {
      scene.edit((fields) => ({ ...fields, ...change }));
      return scene.run(scene.begin());
    };
    expect(await failing({ port: 1 })).toBe('DATABASE_UNREACHABLE');
    expect(await failing({ port: database.port, host: 'db.invalid' })).toBe('DATABASE_UNREACHABLE');
    expect(await failing({ host: database.host, dbname: 'missing' })).toBe('LOGIN_REFUSED');
    await database.administer(`ALTER ROLE ${username} NOLOGIN`);
    expect(await failing({ dbname: 'shop' })).toBe('LOGIN_REFUSED');
    expect(scene.lastError).toContain('NOLOGIN');
    await database.administer(`ALTER ROLE ${username} LOGIN`);
    scene.edit((fields) => ({ ...fields, password: 'wrong' }));
    // AWSPREVIOUS, which would be tried as well, still has the right one.
    scene.secret.labels.delete('AWSPREVIOUS');
    expect(await scene.run(scene.begin())).toBe('CREDENTIALS_REJECTED');
  });

  it('16: the usual rotation makes no failing login, so that no lock-out policy is tripped', async () => {
    for (const cast of [SINGLE, PAIR]) {
      await using scene = await startScene(database, cast);
      const before = database.log().split('authentication failed').length;
      expect(await scene.run(scene.begin())).toBeUndefined();
      expect(await scene.run(scene.begin())).toBeUndefined();
      expect(database.log().split('authentication failed')).toHaveLength(before);
    }
  });

  it('17, 18: versions are compared before anything is sent to the place that a stranger wrote in', async () => {
    await using elsewhere = await startTap({ host: database.host, port: database.port });
    await using scene = await startScene(database, SINGLE);
    const versionId = scene.begin();
    await scene.run(versionId, 'createSecret');
    scene.edit((fields) => ({ ...fields, port: elsewhere.port }));
    expect(await scene.run(versionId, 'setSecret')).toBe('VERSIONS_DISAGREE');
    scene.edit((fields) => ({ ...fields, port: database.port, username: 'postgres' }));
    expect(await scene.run(versionId, 'setSecret')).toBe('VERSIONS_DISAGREE');
    expect(elsewhere.connections).toBe(0);
  });
});

/** Whole rotations of the bundled function at the gateway for Redshift, in circumstances that are not the usual ones. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedshiftServer, redshiftMissing, startRedshift } from '../../local/redshift/gateway.ts';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { redshiftOnStage } from '../../local/rehearsal/redshift.ts';
import { startScene } from '../support/scene.ts';

const missing = redshiftMissing();
if (missing !== undefined) it.skip(`rotations of Redshift: ${missing}`);

const OWN = 'own password, SHA-256';
const PAIR = 'pair, SHA-256';

describe.skipIf(missing !== undefined)('rotations of Redshift', () => {
  let server: RedshiftServer;
  let database: DatabaseOnStage;
  beforeAll(async () => {
    server = await startRedshift();
    database = await redshiftOnStage(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it('a stranger’s user is not taken over, until an administrator runs the statements shown', async () => {
    await using scene = await startScene(database, PAIR);
    const stranger = { username: 'stranger', password: 'Of-another-team-1' };
    await database.administer(`CREATE USER stranger PASSWORD '${stranger.password}'`);
    const users = [scene.login('AWSCURRENT').username, stranger.username];
    scene.edit((fields) => ({ ...fields, rotation: { strategy: 'alternating-users', users } }));
    expect(await scene.run(scene.begin())).toBe('USER_NOT_BOUND');
    expect(await database.work(stranger).catch(() => 'accepted')).toBe('accepted');
    const shown = /As an administrator: |as an administrator: (.+)$/.exec(
      scene.lastError.split('\n')[0] ?? '',
    );
    const statements = /CREATE GROUP "\w+"; ALTER GROUP "\w+" ADD USER "stranger";/.exec(shown?.[1] ?? '');
    for (const statement of statements?.[0].split('; ') ?? []) await database.administer(statement);
    expect(await scene.run(scene.begin())).toBeUndefined();
    expect(scene.login('AWSCURRENT').username).toBe('stranger');
    expect(await scene.works('AWSCURRENT')).toBe(true);
    expect(await scene.works('AWSPREVIOUS')).toBe(true);
  });

  it('a standby that another secret has marked is left alone', async () => {
    await using first = await startScene(database, PAIR);
    expect(await first.run(first.begin())).toBeUndefined();
    const standby = first.login('AWSCURRENT').username;
    await using second = await startScene(database, PAIR);
    const users = [second.login('AWSCURRENT').username, standby];
    second.edit((fields) => ({ ...fields, rotation: { strategy: 'alternating-users', users } }));
    expect(await second.run(second.begin())).toBe('USER_NOT_BOUND');
    expect(second.lastError).toContain(`${standby} belongs to another secret, by the group keyturn_`);
    expect(await first.works('AWSCURRENT')).toBe(true);
  });

  it('a standby without all of the live user’s rights is not promoted, unless that may be', async () => {
    await using scene = await startScene(database, PAIR);
    const { username } = scene.login('AWSCURRENT');
    await database.administer(`GRANT SELECT (id) ON TABLE public.orders TO ${username}`);
    const versionId = scene.begin();
    expect(await scene.run(versionId)).toBe('RIGHTS_DIFFER');
    expect(scene.lastError).toContain(
      `GRANT SELECT ("id") ON TABLE "public"."orders" TO "${username}_clone"`,
    );
    expect(await scene.works('AWSCURRENT')).toBe(true);
    await database.administer(`GRANT SELECT (id) ON TABLE public.orders TO ${username}_clone`);
    expect(await scene.run(versionId)).toBeUndefined();
  });

  it('such a standby may be promoted, if the secret says so, and the log line says what it lacks', async () => {
    await using scene = await startScene(database, PAIR);
    const { username } = scene.login('AWSCURRENT');
    await database.administer(`GRANT SELECT (id) ON TABLE public.orders TO ${username}`);
    const rotation = { strategy: 'alternating-users', rights: 'report' };
    scene.edit((fields) => ({ ...fields, rotation }));
    expect(await scene.run(scene.begin())).toBeUndefined();
    expect(scene.stage.function.output()).toMatch(/"rightsMissing":\["GRANT SELECT/);
  });

  it('a standby that was dropped is made anew, with its rights', async () => {
    await using scene = await startScene(database, PAIR);
    const { username } = scene.login('AWSCURRENT');
    await database.administer(`GRANT SELECT ON TABLE public.orders TO ${username}`);
    for (let turn = 0; turn < 2; turn++) expect(await scene.run(scene.begin())).toBeUndefined();
    await server.postgres(`DROP OWNED BY ${username}_clone`);
    await database.administer(`DROP USER ${username}_clone`);
    expect(await scene.run(scene.begin())).toBeUndefined();
    expect(scene.login('AWSCURRENT').username).toBe(`${username}_clone`);
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });

  it('a user without a password left is said to be rejected, by every version', async () => {
    await using scene = await startScene(database, OWN);
    await database.administer(`ALTER USER ${scene.login('AWSCURRENT').username} PASSWORD DISABLE`);
    expect(await scene.run(scene.begin())).toBe('CREDENTIALS_REJECTED');
  });

  it('a user of md5 moves to SHA-256 on request, and its password ends when it was asked to', async () => {
    await using scene = await startScene(database, 'pair, md5');
    const password = { send: 'sha256', validDays: 90 };
    scene.edit((fields) => ({ ...fields, rotation: { strategy: 'alternating-users', password } }));
    expect(await scene.run(scene.begin())).toBeUndefined();
    expect(await scene.works('AWSCURRENT')).toBe(true);
    const statement = server
      .log()
      .match(/ALTER USER "web_\w+_clone" PASSWORD 'sha256\|.*/g)
      ?.at(-1);
    const until = Date.parse(`${/VALID UNTIL '([^']+)'$/.exec(statement ?? '')?.[1]}Z`);
    expect(Math.abs(until - Date.now() - 90 * 86_400_000)).toBeLessThan(3_600_000);
  });

  const activity = async (more = '') => {
    const [row] = await server.postgres(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'keyturn' ${more}`,
    );
    return row?.['n'];
  };

  it.each(['before the time-out', 'after the time-out'])(
    'a function that is killed while its statement waits: it never lands, released %s',
    async (released) => {
      await using scene = await startScene(database, OWN, { env: { KEYTURN_STATEMENT_SECONDS: '2' } });
      const versionId = scene.begin();
      await scene.run(versionId, 'createSecret');
      const { username } = scene.login('AWSCURRENT');
      const release = await server.hold(
        `ALTER ROLE ${username} SET redshift.credential = 'of somebody else'`,
      );
      const step = scene.run(versionId, 'setSecret');
      await expect.poll(() => activity("AND wait_event_type = 'Lock'")).toBe(1);
      await scene.stage.function.kill();
      expect(await step).toBe('Runtime.ExitError');
      if (released === 'after the time-out') await pause(2_200);
      await release();
      await expect.poll(() => activity(), { timeout: 10_000 }).toBe(0);
      expect([await scene.works('AWSCURRENT'), await scene.works('AWSPENDING')]).toContain(true);
      expect(await scene.run(versionId)).toBeUndefined();
      expect(await scene.works('AWSCURRENT')).toBe(true);
    },
  );
});

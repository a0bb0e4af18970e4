/**
 * The named crash points of a rotation, on a real PostgreSQL server: what each leaves behind, and that the next
 * attempt converges. The matrix covers the same ground without names. 7 and 15 belong to MySQL.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { postgresOnStage } from '../../local/rehearsal/postgres.ts';
import { type Scene, startScene } from '../../local/rehearsal/scene.ts';
import { FUNCTION_CALLER } from '../../local/rehearsal/stage.ts';
import { ServiceError } from '../../local/secrets-manager/errors.ts';
import { replyTo } from '../../local/secrets-manager/wire.ts';
import { postgresMajors } from '../../local/servers/postgres.ts';

const major = postgresMajors().installed.at(-1);
const SINGLE = 'own password';
const PAIR = 'base and clone';

describe.skipIf(major === undefined)(
  `crash points, PostgreSQL ${major ?? '(no server for this platform)'}`,
  () => {
    let database: DatabaseOnStage;
    beforeAll(async () => {
      database = await postgresOnStage(major ?? 18);
    });
    afterAll(() => database[Symbol.asyncDispose]());

    const done = async (scene: Scene, versionId: string) => {
      expect(await scene.run(versionId)).toBeUndefined();
      expect(scene.secret.labels.get('AWSCURRENT')).toBe(versionId);
      expect(await scene.works('AWSCURRENT')).toBe(true);
    };
    const setPassword = ({ username }: { username: string }, password: string) =>
      database.administer(`ALTER ROLE "${username}" PASSWORD '${password}'`);
    /** Steps 1 and 2: the database holds the pending password, AWSCURRENT still names the old one. */
    const inTheWindow = async (scene: Scene) => {
      const versionId = scene.begin();
      expect(await scene.run(versionId, 'createSecret', 'setSecret')).toBeUndefined();
      expect(await scene.works('AWSCURRENT')).toBe(false);
      expect(await scene.works('AWSPENDING')).toBe(true);
      return versionId;
    };

    it('0: before the put, AWSPENDING is empty; the retry makes the password', async () => {
      await using scene = await startScene(database, SINGLE);
      const versionId = scene.begin();
      expect(await scene.run(versionId, 'setSecret')).toBe('PENDING_WITHOUT_VALUE');
      await done(scene, versionId);
    });

    it('1: the answer to the put was lost; the retry uses what is stored', async () => {
      let lose = true;
      await using scene = await startScene(database, SINGLE, {
        intercept: async ({ action }, respond) => {
          const reply = await respond();
          if (action !== 'PutSecretValue' || !lose) return reply;
          lose = false;
          return replyTo(new ServiceError('InternalServiceError', 'lost', 500));
        },
      });
      const versionId = scene.begin();
      await scene.run(versionId, 'createSecret');
      const stored = scene.login('AWSPENDING');
      await done(scene, versionId);
      expect(scene.login('AWSCURRENT')).toEqual(stored);
    });

    it('2: what was just put is not visible everywhere yet; reads wait for it', async () => {
      await using scene = await startScene(database, SINGLE, { staleReadsMs: 200 });
      const versionId = await scene.stage.rotate(scene.secret.arn);
      const outcome = await scene.stage.secrets.rotations.whenIdle(scene.secret.arn);
      expect(outcome).toMatchObject({ status: 'succeeded', versionId });
    });

    it.each([SINGLE, PAIR])('3: two runs in parallel end in one password (%s)', async (cast) => {
      await using scene = await startScene(database, cast);
      const versionId = scene.begin();
      await Promise.all([scene.run(versionId), scene.run(versionId)]);
      await done(scene, versionId);
      await done(scene, scene.begin());
    });

    it('4, 5: killed around the ALTER; the retry finds out what the database holds', async () => {
      for (const landed of [false, true]) {
        await using scene = await startScene(database, SINGLE);
        const versionId = scene.begin();
        await scene.run(versionId, 'createSecret');
        if (landed) await setPassword(scene.login('AWSPENDING'), scene.login('AWSPENDING').password);
        await done(scene, versionId);
      }
    });

    it('6: after the ALTER, AWSCURRENT is dead and AWSPENDING works; every retry goes forward', async () => {
      await using scene = await startScene(database, SINGLE);
      await done(scene, await inTheWindow(scene));
    });

    it('8, 9: a standby is either absent or complete, for it is made in one transaction', async () => {
      let describes = 0;
      await using scene = await startScene(database, PAIR, {
        intercept: async ({ action, caller }, respond) => {
          // The fence is asked inside the transaction, right before the password.
          const inTransaction =
            action === 'DescribeSecret' && caller === FUNCTION_CALLER && ++describes === 2;
          return inTransaction ? replyTo(new ServiceError('AccessDeniedException', 'no')) : respond();
        },
      });
      const versionId = scene.begin();
      await scene.run(versionId, 'createSecret');
      describes = 0;
      expect(await scene.run(versionId, 'setSecret')).toBe('SECRET_STORE_FAILED');
      const { username } = scene.login('AWSPENDING');
      expect(await database.administer(`SELECT FROM pg_roles WHERE rolname = '${username}'`)).toHaveLength(0);
      await done(scene, versionId);
    });

    it('10, 11: after the password, and in testSecret, a repetition changes nothing', async () => {
      await using scene = await startScene(database, PAIR);
      const versionId = scene.begin();
      await scene.run(versionId, 'createSecret', 'setSecret', 'testSecret', 'testSecret', 'setSecret');
      expect(await scene.works('AWSCURRENT')).toBe(true);
      await done(scene, versionId);
    });

    it('12: a standby with fewer rights is not promoted; the retry completes it', async () => {
      await using scene = await startScene(database, PAIR);
      const versionId = scene.begin();
      await scene.run(versionId, 'createSecret', 'setSecret');
      const [base, clone] = [scene.login('AWSCURRENT').username, scene.login('AWSPENDING').username];
      // Whoever granted the membership has to revoke it.
      const [granted] = await database.administer(
        `SELECT quote_ident(g.rolname) AS by FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.grantor
       WHERE m.member = '${clone}'::regrole AND m.roleid = '${base}'::regrole`,
      );
      await database.administer(`SET ROLE ${granted?.['by']}; REVOKE ${base} FROM ${clone}; RESET ROLE`);
      expect(await scene.run(versionId, 'testSecret')).toBe('RIGHTS_DIFFER');
      expect(scene.lastError).toContain('GRANT');
      await done(scene, versionId);
    });

    it('13: the answer to the label move was lost; asking again finds it done', async () => {
      let lose = true;
      await using scene = await startScene(database, SINGLE, {
        intercept: async ({ action }, respond) => {
          const reply = await respond();
          if (action !== 'UpdateSecretVersionStage' || !lose) return reply;
          lose = false;
          return replyTo(new ServiceError('InternalServiceError', 'lost', 500));
        },
      });
      const versionId = scene.begin();
      expect(await scene.run(versionId)).toBeUndefined();
      expect(lose).toBe(false);
      expect(await scene.works('AWSCURRENT')).toBe(true);
    });

    it.each(['removed', 'left-on-current'] as const)(
      '14: AWSPENDING %s after success is legal',
      async (form) => {
        await using scene = await startScene(database, PAIR, { pendingAfterSuccess: form });
        for (let rotation = 0; rotation < 3; rotation++) {
          await scene.stage.rotate(scene.secret.arn);
          expect((await scene.stage.secrets.rotations.whenIdle(scene.secret.arn)).status).toBe('succeeded');
        }
      },
    );

    it('17 (operator): retries used up in the window; rotating again rolls forward, cancelling would not', async () => {
      await using scene = await startScene(database, SINGLE);
      const versionId = await inTheWindow(scene);
      scene.secret.rotation = {
        enabled: true,
        functionArn: scene.stage.function.arn,
        rules: undefined,
        rotatedAt: undefined,
      };
      await expect(scene.stage.rotate(scene.secret.arn)).rejects.toThrow('will be reattempted');
      expect(await scene.stage.secrets.rotations.whenIdle(scene.secret.arn)).toMatchObject({
        status: 'succeeded',
        versionId,
      });
      expect(await scene.works('AWSCURRENT')).toBe(true);
    });

    it('18 (operator): AWSPENDING removed in the window; the rotation says so, and a superuser has to help', async () => {
      await using scene = await startScene(database, SINGLE);
      const versionId = await inTheWindow(scene);
      scene.secret.labels.delete('AWSPENDING');
      expect(await scene.run(versionId, 'setSecret')).toBe('VERSION_NOT_PENDING');
      const next = scene.begin();
      expect(await scene.run(next)).toBe('CREDENTIALS_REJECTED');
      await setPassword(scene.login('AWSCURRENT'), scene.login('AWSCURRENT').password);
      await done(scene, next);
    });

    it('19: a failover lost the change; finishSecret makes it once more on the writer', async () => {
      await using scene = await startScene(database, SINGLE);
      const { password } = scene.login('AWSCURRENT');
      const versionId = await inTheWindow(scene);
      await scene.run(versionId, 'testSecret');
      await setPassword(scene.login('AWSCURRENT'), password);
      expect(await scene.run(versionId, 'finishSecret')).toBeUndefined();
      expect(await scene.works('AWSCURRENT')).toBe(true);
    });

    it('20: a reader that lags holds the promotion back', async () => {
      await using scene = await startScene(database, PAIR);
      const versionId = scene.begin();
      scene.edit((fields) => ({
        ...fields,
        rotation: { strategy: 'alternating-users', readers: ['127.0.0.2'] },
      }));
      expect(await scene.run(versionId)).toBe('READER_NOT_READY');
      expect(await scene.works('AWSCURRENT')).toBe(true);
    });

    it("21: the superuser's password was rotated meanwhile; it is read once more", async () => {
      let armed = false;
      let rotated = false;
      await using scene = await startScene(database, PAIR, {
        intercept: async ({ action, input }, respond) => {
          const reply = await respond();
          const id = (input as { SecretId?: string }).SecretId ?? '';
          if (!armed || rotated || action !== 'GetSecretValue' || !id.includes('superuser/')) return reply;
          rotated = true;
          await rotateSuperuser(id);
          return reply;
        },
      });
      const rotateSuperuser = async (id: string) => {
        const superuser = scene.stage.secrets.model.get(id);
        const version = [...superuser.versions.values()][0];
        const fields = JSON.parse(version?.value?.content.reveal() ?? '{}');
        await setPassword(fields, 'a-new-password-of-the-superuser');
        const SecretString = JSON.stringify({ ...fields, password: 'a-new-password-of-the-superuser' });
        const copy = scene.stage.secrets.model.create({ name: `copy-${version?.id}`, SecretString });
        const value = [...copy.versions.values()][0]?.value;
        superuser.versions.set('later', { id: 'later', value, createdAt: Date.now() });
        superuser.labels.set('AWSCURRENT', 'later');
      };
      const versionId = scene.begin();
      await scene.run(versionId, 'createSecret');
      armed = true;
      await done(scene, versionId);
      expect(rotated).toBe(true);
    });

    it('22: throttled in finishSecret; it is retried inside the invocation', async () => {
      let refusals = 8;
      await using scene = await startScene(database, SINGLE, {
        throttle: (action) => action === 'UpdateSecretVersionStage' && refusals-- > 0,
      });
      const versionId = await inTheWindow(scene);
      expect(await scene.run(versionId, 'testSecret', 'finishSecret')).toBeUndefined();
      expect(refusals).toBeLessThan(0);
      expect(await scene.works('AWSCURRENT')).toBe(true);
    });

    it('23: the clone was dropped by hand; it is made again, with its rights', async () => {
      await using scene = await startScene(database, PAIR);
      await done(scene, scene.begin());
      await done(scene, scene.begin());
      await database.administer(`DROP ROLE "${scene.login('AWSPREVIOUS').username}"`);
      await done(scene, scene.begin());
    });

    it('24 (operator): restored from a snapshot; AWSPREVIOUS is tried, an older password needs a superuser', async () => {
      await using scene = await startScene(database, SINGLE);
      const oldest = scene.login('AWSCURRENT').password;
      await done(scene, scene.begin());
      await setPassword(scene.login('AWSCURRENT'), scene.login('AWSPREVIOUS').password);
      await done(scene, scene.begin());
      await setPassword(scene.login('AWSCURRENT'), oldest);
      const versionId = scene.begin();
      expect(await scene.run(versionId)).toBe('CREDENTIALS_REJECTED');
      await setPassword(scene.login('AWSCURRENT'), scene.login('AWSCURRENT').password);
      await done(scene, versionId);
    });
  },
);

describe.skipIf(major === undefined)('crash point 16: the server refuses the password', () => {
  it.each([SINGLE, PAIR])(
    'it is given up on proof, and the next rotation starts clean (%s)',
    async (cast) => {
      await using database = await postgresOnStage(major ?? 18);
      await using scene = await startScene(database, cast, { env: { KEYTURN_STATEMENT_SECONDS: '1' } });
      await database.administer(`ALTER SYSTEM SET session_preload_libraries = 'passwordcheck'`);
      await database.administer('SELECT pg_reload_conf()');
      // passwordcheck refuses passwords without anything but letters, and must see the password to do so.
      const digitsOnly = {
        length: 40,
        excludeCharacters: '0123456789!#$%&()*+,-.;<=>?[]^_`{|}~',
        send: 'plain',
      };
      const original = scene.login('AWSCURRENT') as unknown as { rotation?: object };
      scene.edit((fields) => ({ ...fields, rotation: { ...original.rotation, password: digitsOnly } }));
      const versionId = scene.begin();
      expect(await scene.run(versionId)).toBe('PASSWORD_GIVEN_UP');
      expect(scene.secret.labels.get('AWSPENDING')).toBeUndefined();
      expect(await scene.works('AWSCURRENT')).toBe(true);
      expect(await scene.run(versionId, 'setSecret')).toBe('VERSION_NOT_PENDING');
      scene.edit((fields) => ({ ...fields, rotation: { ...original.rotation } }));
      const next = scene.begin();
      expect(await scene.run(next)).toBeUndefined();
      expect(await scene.works('AWSCURRENT')).toBe(true);
    },
  );
});

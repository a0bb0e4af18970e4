/** A client that is killed while its statement waits on the server: nothing of it may land later. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { postgresOnStage } from '../../local/rehearsal/postgres.ts';
import { postgresMajors } from '../../local/servers/postgres.ts';
import { type Scene, startScene } from '../support/scene.ts';

describe.each(postgresMajors().installed)('late statements, PostgreSQL %i', (major) => {
  let database: DatabaseOnStage;
  beforeAll(async () => {
    database = await postgresOnStage(major);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const waiting = async () => {
    const [row] = await database.administer(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'keyturn' AND wait_event_type = 'Lock'`,
    );
    return row?.['n'];
  };
  const connected = async () => {
    const [row] = await database.administer(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'keyturn'`,
    );
    return row?.['n'];
  };

  /** A transaction of somebody else on the user that is to be changed. */
  const blocked = async (scene: Scene) => {
    const blocker = new pg.Client({ ...database.administrator, database: 'shop' });
    await blocker.connect();
    await blocker.query('BEGIN');
    await blocker.query(`ALTER ROLE "${scene.login('AWSCURRENT').username}" VALID UNTIL 'infinity'`);
    return blocker;
  };

  it('one that is killed while it waits never lands, whether the lock is released early or late', async () => {
    for (const release of ['before the time-out', 'after the time-out']) {
      await using scene = await startScene(database, 'own password', {
        env: { KEYTURN_STATEMENT_SECONDS: '2' },
      });
      const versionId = scene.begin();
      await scene.run(versionId, 'createSecret');
      const blocker = await blocked(scene);
      const step = scene.run(versionId, 'setSecret');
      await expect.poll(waiting).toBe(1);
      await scene.stage.function.kill();
      expect(await step).toBe('Runtime.ExitError');
      if (release === 'after the time-out') await pause(2_200);
      await blocker.query('ROLLBACK');
      await blocker.end();
      await expect.poll(connected).toBe(0);
      expect(await scene.works('AWSCURRENT')).toBe(true);
      expect(await scene.run(versionId)).toBeUndefined();
      expect(await scene.works('AWSCURRENT')).toBe(true);
    }
  });

  it('one that waits too long is given up by the server, and the attempt says so', async () => {
    await using scene = await startScene(database, 'own password', {
      env: { KEYTURN_STATEMENT_SECONDS: '1' },
    });
    const blocker = await blocked(scene);
    const versionId = scene.begin();
    expect(await scene.run(versionId)).toBe('DATABASE_BUSY');
    await blocker.query('COMMIT');
    await blocker.end();
    expect(await scene.works('AWSCURRENT')).toBe(true);
    expect(await scene.run(versionId)).toBeUndefined();
  });

  it('no change begins with less than 20 s left of the invocation', async () => {
    await using scene = await startScene(database, 'own password', { timeoutMs: 19_000 });
    const versionId = scene.begin();
    expect(await scene.run(versionId)).toBe('DEADLINE_TOO_CLOSE');
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });
});

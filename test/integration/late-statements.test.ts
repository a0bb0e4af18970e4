/**
 * A client that is killed while its statement waits on the server. PostgreSQL's is a transaction that nobody commits;
 * elsewhere a statement commits itself and may land, but never after its time-out, and then it is AWSPENDING that
 * works.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineUnderTest, enginesToTest } from '../../local/rehearsal/engines.ts';
import { startScene } from '../../local/rehearsal/scene.ts';

const { engines, missing } = await enginesToTest();
for (const { what, reason } of missing) it.skip(`late statements on ${what}: ${reason}`, () => {});

describe.each(engines)('late statements on $name', ({ engine, own, start }) => {
  let server: EngineUnderTest;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each(['before the time-out', 'after the time-out'])(
    'one that is killed while it waits locks nobody out, the lock being released %s',
    async (released) => {
      await using scene = await startScene(server.database, own, { env: { KEYTURN_STATEMENT_SECONDS: '2' } });
      const versionId = scene.begin();
      await scene.run(versionId, 'createSecret');
      const release = await server.block(scene.login('AWSCURRENT').username);
      const step = scene.run(versionId, 'setSecret');
      await expect.poll(server.waiting).toBe(1);
      await scene.stage.function.kill();
      expect(await step).toBe('Runtime.ExitError');
      if (released === 'after the time-out') await pause(2_200);
      await release();
      await expect.poll(server.connected, { timeout: 10_000 }).toBe(0);
      const works = [await scene.works('AWSCURRENT'), await scene.works('AWSPENDING')];
      if (engine === 'postgres' || released === 'after the time-out') expect(works).toEqual([true, false]);
      else expect(works).toContain(true);
      expect(await scene.run(versionId)).toBeUndefined();
      expect(await scene.works('AWSCURRENT')).toBe(true);
    },
  );

  it('one that waits too long is given up by the server, and the attempt says so', async () => {
    await using scene = await startScene(server.database, own, { env: { KEYTURN_STATEMENT_SECONDS: '1' } });
    const release = await server.block(scene.login('AWSCURRENT').username);
    const versionId = scene.begin();
    expect(await scene.run(versionId)).toBe('DATABASE_BUSY');
    await release();
    expect(await scene.works('AWSCURRENT')).toBe(true);
    expect(await scene.run(versionId)).toBeUndefined();
  });

  it('no change begins with less than 20 s left of the invocation', async () => {
    await using scene = await startScene(server.database, own, { timeoutMs: 19_000 });
    const versionId = scene.begin();
    expect(await scene.run(versionId)).toBe('DEADLINE_TOO_CLOSE');
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });
});

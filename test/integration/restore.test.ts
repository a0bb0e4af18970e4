/** A database restored from a snapshot holds older passwords: which label logs in then, and what mends the rest. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineUnderTest, enginesToTest } from '../../local/rehearsal/engines.ts';
import { type Scene, startScene } from '../../local/rehearsal/scene.ts';
import { attach } from '../../local/secrets-manager/labels.ts';

const { engines, missing } = await enginesToTest();
for (const { what, reason } of missing) it.skip(`a restore of ${what}: ${reason}`, () => {});

describe.each(engines)('after a restore of $name', ({ engine, own, pair, start }) => {
  let server: EngineUnderTest;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const rotated = async (scene: Scene, times: number) => {
    for (let time = 0; time < times; time++) expect(await scene.run(scene.begin())).toBeUndefined();
  };
  const versionOf = (scene: Scene, label: string): string => scene.secret.labels.get(label) ?? '';
  const both = async (scene: Scene) => [await scene.works('AWSCURRENT'), await scene.works('AWSPREVIOUS')];

  it('one user: AWSPREVIOUS logs in, and the next rotation brings the database up to date', async () => {
    await using scene = await startScene(server.database, own);
    const snapshot = scene.login('AWSCURRENT');
    await rotated(scene, 1);
    await server.setPassword(snapshot);
    expect(await both(scene)).toEqual([false, true]);
    await rotated(scene, 1);
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });

  it('two users: AWSPREVIOUS logs in; rotations stop until AWSCURRENT has been moved back to it', async () => {
    await using scene = await startScene(server.database, pair);
    const snapshot = scene.login('AWSCURRENT');
    await rotated(scene, 2);
    await server.setPassword(snapshot);
    expect(await both(scene)).toEqual([false, true]);
    expect(await scene.run(scene.begin())).toBe('CREDENTIALS_REJECTED');
    attach(scene.secret, 'AWSCURRENT', versionOf(scene, 'AWSPREVIOUS'));
    // MariaDB keeps no marks, so that nothing but its password tells whose the standby is.
    const outcome = engine === 'mariadb' ? 'USER_NOT_BOUND' : undefined;
    expect(await scene.run(scene.begin())).toBe(outcome);
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });

  it('two users, two rotations ago: neither logs in until a superuser sets the password of AWSCURRENT', async () => {
    await using scene = await startScene(server.database, pair);
    await rotated(scene, 1);
    const snapshot = [scene.login('AWSCURRENT'), scene.login('AWSPREVIOUS')];
    await rotated(scene, 2);
    for (const login of snapshot) await server.setPassword(login);
    expect(await both(scene)).toEqual([false, false]);
    expect(await scene.run(scene.begin())).toBe('CREDENTIALS_REJECTED');
    await server.setPassword(scene.login('AWSCURRENT'));
    if (engine === 'mariadb') await server.setPassword(scene.login('AWSPREVIOUS'));
    await rotated(scene, 1);
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });

  if (engine !== 'mysql') return;
  it('two passwords of one user: AWSPREVIOUS logs in; rotations stop until AWSCURRENT has been moved back', async () => {
    await using scene = await startScene(server.database, 'dual password');
    await rotated(scene, 2);
    const { username, password } = scene.login('AWSPREVIOUS');
    await server.database.administer(`ALTER USER '${username}' IDENTIFIED BY '${password}'`);
    await server.database.administer(`ALTER USER '${username}' DISCARD OLD PASSWORD`);
    expect(await both(scene)).toEqual([false, true]);
    expect(await scene.run(scene.begin())).toBe('CREDENTIALS_REJECTED');
    attach(scene.secret, 'AWSCURRENT', versionOf(scene, 'AWSPREVIOUS'));
    await rotated(scene, 1);
    expect(await both(scene)).toEqual([true, true]);
  });
});

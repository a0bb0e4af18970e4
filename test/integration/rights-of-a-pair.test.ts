/** What two users who take turns may do: through the bundled functions, on every engine. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineUnderTest, enginesToTest } from '../../local/rehearsal/engines.ts';
import { type Scene, startScene } from '../../local/rehearsal/scene.ts';

const { engines, missing } = await enginesToTest();
for (const { what, reason } of missing) it.skip(`rights on ${what}: ${reason}`, () => {});

describe.each(engines)('rights of a pair on $name', ({ pair, start }) => {
  let server: EngineUnderTest;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('a standby without all rights of the live user is not promoted, and the message says what gives them', async () => {
    await using scene = await startScene(server.database, pair);
    expect(await scene.run(scene.begin())).toBeUndefined();
    const named = await server.grantOutOfReach(scene.login('AWSCURRENT').username);
    const versionId = scene.begin();
    expect(await scene.run(versionId)).toBe('RIGHTS_DIFFER');
    expect(scene.lastError).toMatch(named);
    expect(await scene.works('AWSCURRENT')).toBe(true);
    await server.database.administer(/GRANT .+? TO ["`]\w+["`]/.exec(scene.lastError)?.[0] ?? '');
    expect(await scene.run(versionId)).toBeUndefined();
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });

  /** A secret that a person wrote has to name both users, and MariaDB's standby is bound by a list: AWSPREVIOUS was. */
  const startEdited = () =>
    startScene(server.database, pair, {
      env: { KEYTURN_SUPERUSER_TARGETS: `web_*@${server.database.host}` },
    });
  const set = (scene: Scene, options: Record<string, unknown>): void => {
    const users = [scene.login('AWSCURRENT').username, scene.login('AWSPREVIOUS').username].sort();
    scene.edit((fields) => ({ ...fields, rotation: { strategy: 'alternating-users', users, ...options } }));
  };

  it('it is promoted if the secret says so, and the log line says what it lacks', async () => {
    await using scene = await startEdited();
    expect(await scene.run(scene.begin())).toBeUndefined();
    await server.grantOutOfReach(scene.login('AWSCURRENT').username);
    set(scene, { rights: 'report' });
    expect(await scene.run(scene.begin())).toBeUndefined();
    expect(scene.stage.function.output()).toMatch(/"rightsMissing":\["GRANT /);
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });

  it.each([
    ['is named', 'report', 'rightsSurplus', 'rightsRevoked'],
    ['is taken from it on request', 'revoke', 'rightsRevoked', 'rightsSurplus'],
  ])('what only the standby may do %s', async (_what, surplus, told, untold) => {
    await using scene = await startEdited();
    for (let turn = 0; turn < 2; turn++) expect(await scene.run(scene.begin())).toBeUndefined();
    const standby = scene.login('AWSPREVIOUS').username;
    const superuser = scene.secrets().find(({ name }) => name.startsWith('dba_'))?.name ?? '';
    await server.grantSurplus(standby, superuser);
    set(scene, { surplus });
    expect(await scene.run(scene.begin())).toBeUndefined();
    expect(scene.login('AWSCURRENT').username).toBe(standby);
    expect(scene.stage.function.output()).toContain(`"${told}":["GRANT `);
    expect(scene.stage.function.output()).not.toContain(untold);
    expect(await scene.works('AWSCURRENT')).toBe(true);
    expect(await scene.works('AWSPREVIOUS')).toBe(true);
  });

  it('a standby that was dropped is made anew, with its rights', async () => {
    await using scene = await startScene(server.database, pair);
    for (let turn = 0; turn < 2; turn++) expect(await scene.run(scene.begin())).toBeUndefined();
    const standby = scene.login('AWSPREVIOUS').username;
    await server.drop(standby);
    expect(await scene.run(scene.begin())).toBeUndefined();
    expect(scene.login('AWSCURRENT').username).toBe(standby);
    expect(await scene.works('AWSCURRENT')).toBe(true);
    expect(await scene.works('AWSPREVIOUS')).toBe(true);
  });
});

/** Secrets that AWS's own functions have rotated with two users, taken over as docs/migrating.md says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineUnderTest, enginesToTest } from '../../local/rehearsal/engines.ts';
import { type Scene, startScene } from '../../local/rehearsal/scene.ts';

const { engines, missing } = await enginesToTest();
for (const { what, reason } of missing) it.skip(`a migration of ${what}: ${reason}`, () => {});

describe.each(engines)('a pair of AWS’s on $name', ({ engine, pair, start }) => {
  let server: EngineUnderTest;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** The clone as AWS's function makes it: by the superuser, in PostgreSQL with a plain membership. */
  async function clone(scene: Scene): Promise<{ username: string; password: string }> {
    const { username: base } = scene.login('AWSCURRENT');
    const made = { username: `${base}_clone`, password: 'Made-by-another-function-1' };
    const superuser = scene.secrets().find(({ name }) => name.startsWith('dba_'))?.name ?? '';
    if (engine === 'postgres')
      await server.database.administer(
        `SET ROLE ${superuser}; CREATE ROLE ${made.username} LOGIN PASSWORD '${made.password}';
         GRANT ${base} TO ${made.username}; RESET ROLE`,
      );
    else await server.create(made);
    return made;
  }

  /** No `rotation` in any version; AWSCURRENT names the base, AWSPREVIOUS its clone. */
  async function takenOver(scene: Scene): Promise<void> {
    const { username, password } = scene.login('AWSCURRENT');
    const made = await clone(scene);
    scene.edit(({ rotation: _rotation, ...fields }) => ({ ...fields, ...made }));
    scene.edit((fields) => ({ ...fields, username, password }));
  }

  const bothWork = async (scene: Scene) => [
    await scene.works('AWSCURRENT'),
    await scene.works('AWSPREVIOUS'),
  ];

  it('goes on by turns as it is, with nothing added to the secret', async () => {
    await using scene = await startScene(server.database, pair);
    await takenOver(scene);
    const base = scene.login('AWSCURRENT').username;
    for (const user of [`${base}_clone`, base, `${base}_clone`]) {
      expect(await scene.run(scene.begin())).toBeUndefined();
      expect(scene.login('AWSCURRENT').username).toBe(user);
      expect(await bothWork(scene)).toEqual([true, true]);
    }
  });

  it('may be edited once it bears a mark', async () => {
    await using scene = await startScene(server.database, pair);
    await takenOver(scene);
    expect(await scene.run(scene.begin())).toBeUndefined();
    expect(await scene.run(scene.begin())).toBeUndefined();
    scene.edit((fields) => ({ ...fields, rotation: { strategy: 'alternating-users' } }));
    expect(await scene.run(scene.begin())).toBe(engine === 'mariadb' ? 'USER_NOT_BOUND' : undefined);
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });

  it('edited before, it is bound to nothing', async () => {
    await using scene = await startScene(server.database, pair);
    await takenOver(scene);
    scene.edit((fields) => ({ ...fields, rotation: { strategy: 'alternating-users' } }));
    expect(await scene.run(scene.begin())).toBe('USER_NOT_BOUND');
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });
});

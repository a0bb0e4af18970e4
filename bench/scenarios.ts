/** What befalls a rotation, and what is left of it: each is played by a function of AWS's and by Keyturn's. */
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../local/certificates.ts';
import { startTap } from '../local/fault-tap.ts';
import { FaultPlan } from '../local/faults.ts';
import type { EngineToTest, EngineUnderTest } from '../local/rehearsal/engines.ts';
import { type Scene, startScene } from '../local/rehearsal/scene.ts';
import type { StageOptions } from '../local/rehearsal/stage.ts';

/** A function of either kind, on a stage of its own for each scene. */
export type Play = (cast: string, options?: StageOptions) => Promise<Scene>;

export interface Scenario {
  readonly name: string;
  readonly kind: 'single user' | 'two users';
  /** @returns in a few words what somebody would find who looked afterwards; never a secret */
  run(play: Play, server: EngineUnderTest, engine: EngineToTest): Promise<string>;
}

/** @param start runs another function than the bundled one, with a superuser who may do whatever it asks for */
export const playerOf =
  (server: EngineUnderTest, start?: StageOptions['start']): Play =>
  async (cast, options = {}) => {
    if (start === undefined) return startScene(server.database, cast, options);
    const scene = await startScene(server.database, cast, { ...options, start });
    const superuser = superuserOf(scene);
    if (superuser !== undefined) await server.empower(superuser);
    return scene;
  };

const superuserOf = (scene: Scene): string | undefined =>
  scene.secrets().find(({ name }) => name.startsWith('dba_'))?.name;

const rotate = (scene: Scene): Promise<string | undefined> => scene.run(scene.begin());

async function access(scene: Scene): Promise<string> {
  const works = await scene.works('AWSCURRENT').catch(() => false);
  return works ? 'AWSCURRENT works' : 'LOCKED OUT: AWSCURRENT does not work';
}

const stopped = (error: string | undefined, what: string): string =>
  error === undefined ? what : `stops: ${error}`;

/** A certificate authority that has signed nothing. */
async function anotherAuthority(): Promise<{ KEYTURN_TLS_CA_FILE: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-authority-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'ca.pem');
  await writeFile(file, (await createAuthority('Somebody else')).cert);
  return { KEYTURN_TLS_CA_FILE: file };
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a rotation',
    kind: 'single user',
    async run(play, server, { own }) {
      await using scene = await play(own);
      const before = await server.failedLogins?.();
      const error = await rotate(scene);
      const failed = before === undefined ? undefined : ((await server.failedLogins?.()) ?? 0) - before;
      const logins = failed === undefined ? '' : `, ${failed} failed logins on the way`;
      return `${stopped(error, await access(scene))}${logins}`;
    },
  },
  {
    name: 'two rotations of a pair',
    kind: 'two users',
    async run(play, _server, { pair }) {
      await using scene = await play(pair);
      const error = (await rotate(scene)) ?? (await rotate(scene));
      return stopped(error, await access(scene));
    },
  },
  {
    name: 'a crash at each round trip of setSecret to the database, and another attempt',
    kind: 'two users',
    async run(play, server, { pair }) {
      let plan = new FaultPlan(() => {});
      let points = 0;
      let lockedOut = 0;
      for (let round = 1, struck = true; struck; round++) {
        struck = false;
        for (const when of ['before', 'after'] as const) {
          await using tap = await startTap({
            host: server.database.host,
            port: server.database.port,
            onFlight: () => plan.next(),
            onDrop: () => plan.crash(),
          });
          plan = new FaultPlan(() => {});
          await using scene = await play(pair, { databasePort: tap.port });
          const versionId = scene.begin();
          await scene.run(versionId, 'createSecret');
          plan = new FaultPlan(() => void scene.stage.function.kill(), { round, when });
          await scene.run(versionId, 'setSecret');
          const { crashed } = plan;
          plan = new FaultPlan(() => {});
          await scene.stage.function.kill();
          if (!crashed) continue;
          struck = true;
          points += 1;
          await scene.run(versionId);
          if (!(await scene.works('AWSCURRENT').catch(() => false))) lockedOut += 1;
        }
      }
      if (points === 0) return 'no crash could be struck';
      return lockedOut === 0
        ? `AWSCURRENT works after each of ${points} crashes`
        : `LOCKED OUT after ${lockedOut} of ${points} crashes`;
    },
  },
  {
    name: 'a right granted to the user in use',
    kind: 'two users',
    async run(play, server, { pair }) {
      await using scene = await play(pair);
      await rotate(scene);
      await server.grantOutOfReach(scene.login('AWSCURRENT').username);
      const error = await rotate(scene);
      return stopped(error, 'promotes a user without it');
    },
  },
  {
    name: 'a user of another team whose name is that of a clone without _clone',
    kind: 'two users',
    async run(play, server, { pair }) {
      await using scene = await play(pair);
      const stranger = { username: 'reporting', password: 'Of-another-team-1' };
      const ours = { username: 'reporting_clone', password: 'Its-own-12345' };
      await server.create(stranger);
      await server.rename(scene.login('AWSCURRENT').username, ours.username);
      await server.setPassword(ours);
      await server.entrust(stranger.username, superuserOf(scene) ?? '');
      scene.edit((fields) => ({ ...fields, ...ours }));
      const error = await rotate(scene);
      const untouched = await server.database.work(stranger).then(
        (outcome) => outcome === 'accepted',
        () => true,
      );
      await server.drop(ours.username);
      await server.drop(stranger.username);
      return untouched ? stopped(error, 'leaves it alone') : 'LOCKS THE OTHER TEAM OUT';
    },
  },
  {
    name: 'a server whose certificate cannot be verified',
    kind: 'single user',
    async run(play, server, { own }) {
      await using tap = await startTap({ host: server.database.host, port: server.database.port });
      await using scene = await play(own, { databasePort: tap.port, env: await anotherAuthority() });
      const versionId = scene.begin();
      await scene.run(versionId, 'createSecret');
      const before = tap.connections;
      const error = await scene.run(versionId, 'setSecret');
      const again = tap.connections - before > 1 ? ', after it has tried again without TLS' : '';
      return `${stopped(error, 'rotates')}${again}`;
    },
  },
  {
    name: 'the server logs every statement',
    kind: 'single user',
    async run(play, server, { own }) {
      await using scene = await play(own);
      const error = await rotate(scene);
      const { password } = scene.login('AWSCURRENT');
      const shown = server.database.log().includes(password);
      return stopped(error, shown ? 'THE NEW PASSWORD STANDS IN THE LOG' : 'the password is not in the log');
    },
  },
  {
    name: 'between two steps, somebody makes AWSCURRENT name another server',
    kind: 'single user',
    async run(play, server, { own }) {
      await using elsewhere = await startTap({ host: server.database.host, port: server.database.port });
      await using scene = await play(own);
      const versionId = scene.begin();
      await scene.run(versionId, 'createSecret');
      scene.edit((fields) => ({ ...fields, port: elsewhere.port }));
      const error = await scene.run(versionId, 'setSecret');
      return elsewhere.connections === 0 ? stopped(error, 'goes on') : 'SENDS THE LOGIN TO THE OTHER SERVER';
    },
  },
];

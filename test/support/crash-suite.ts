/** Promise 1 and 3, at every place where the function can die. The files share the servers, to run side by side. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { type EngineOnStage, stagedServers } from '../../local/rehearsal/servers.ts';
import { crashEverywhere } from './crash-matrix.ts';
import { leaksOf } from './leaks.ts';

/** Fewer crash points than this would mean that the matrix missed some. */
const LEAST_POINTS = 25;

/** @param choose of the engine's servers, by name @param chooseCast of their casts, likewise */
export async function describeCrashes(
  engines: readonly EngineOnStage[],
  choose: (name: string) => boolean = () => true,
  chooseCast: (name: string) => boolean = () => true,
): Promise<void> {
  const { servers, missing } = await stagedServers(engines);

  for (const server of servers.filter(({ name }) => choose(name)))
    describe(`crashes with ${server.name}`, () => {
      let database: DatabaseOnStage;
      beforeAll(async () => {
        database = await server.start({ talkative: true });
      });
      afterAll(() => database[Symbol.asyncDispose]());

      for (const [index, cast] of server.casts.filter(({ name }) => chooseCast(name)).entries())
        it(`${cast.name}: before and after every call`, { timeout: 1_800_000 }, async () => {
          const { points, failures, passwords, output } = await crashEverywhere(database, cast, `c${index}`);
          expect(failures).toEqual([]);
          expect(points).toBeGreaterThan(LEAST_POINTS);
          expect(passwords.length).toBeGreaterThan(points);
          for (const text of [output, database.log()])
            for (const password of passwords) expect(leaksOf(password, text)).toEqual([]);
        });
    });

  for (const { what, reason } of missing.filter(({ what }) => choose(what)))
    it.skip(`crashes with ${what}: ${reason}`, () => {});
}

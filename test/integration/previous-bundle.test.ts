/** A rotation that the functions of before had begun when a deployment replaced them. */
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LambdaFunction, startFunction } from '../../local/lambda/function.ts';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { type StepName, startScene } from '../../local/rehearsal/scene.ts';
import { newestOf, type StagedServer, stagedServers } from '../../local/rehearsal/servers.ts';
import { bundleOf, type PreviousBundle, previousCommit } from '../support/previous-bundle.ts';

const STEPS: readonly StepName[] = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];
const commit = await previousCommit();
const noHistory = commit === undefined ? ': the history here reaches back to no other' : '';
const { servers, missing } = await stagedServers();
for (const { what, reason } of missing) it.skip(`the functions of before on ${what}: ${reason}`);

describe.skipIf(commit === undefined)(`a rotation begun by the functions of before${noHistory}`, () => {
  let previous: PreviousBundle;
  beforeAll(async () => {
    previous = await bundleOf(commit ?? '');
  });
  afterAll(() => previous?.[Symbol.asyncDispose]());

  describe.each(newestOf(servers))('on $name', (server: StagedServer) => {
    let database: DatabaseOnStage;
    beforeAll(async () => {
      database = await server.start();
    });
    afterAll(() => database?.[Symbol.asyncDispose]());

    it.each(server.casts.map(({ name }) => name))('is ended by those of now: %s', async (cast) => {
      for (let begun = 1; begun < STEPS.length; begun++) {
        let before: LambdaFunction | undefined;
        await using scene = await startScene(database, cast, {
          start(options) {
            const name = basename(dirname(options.entry));
            before = startFunction({ ...options, entry: join(previous.folder, name, 'index.mjs') });
            return startFunction(options);
          },
        });
        const versionId = scene.begin();
        for (const Step of STEPS.slice(0, begun))
          expect(
            await before?.invoke({ Step, SecretId: scene.secret.arn, ClientRequestToken: versionId }),
          ).toMatchObject({ ok: true });
        await before?.close();
        expect(await scene.run(versionId, ...STEPS.slice(begun - 1))).toBeUndefined();
        expect(scene.secret.labels.get('AWSCURRENT')).toBe(versionId);
        expect(await scene.works('AWSCURRENT')).toBe(true);
      }
    });
  });
});

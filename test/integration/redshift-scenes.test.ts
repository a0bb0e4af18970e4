/** Whole rotations of the bundled function at the gateway for Redshift, in circumstances that are not the usual ones. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedshiftServer, redshiftMissing, startRedshift } from '../../local/redshift/gateway.ts';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { redshiftOnStage } from '../../local/rehearsal/redshift.ts';
import { startScene } from '../../local/rehearsal/scene.ts';

const missing = redshiftMissing();
if (missing !== undefined) it.skip(`rotations of Redshift: ${missing}`);

const OWN = 'own password, SHA-256';

describe.skipIf(missing !== undefined)('rotations of Redshift', () => {
  let server: RedshiftServer;
  let database: DatabaseOnStage;
  beforeAll(async () => {
    server = await startRedshift();
    database = await redshiftOnStage(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

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
});

/**
 * A password policy that refuses what is made: AWSPENDING is given up on proof, so that the next rotation starts clean.
 * On AWS's functions such a version fails for ever.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { mysqlOnStage } from '../../local/rehearsal/mysql.ts';
import { startScene } from '../../local/rehearsal/scene.ts';
import { mysqlServers } from '../../local/servers/mysql.ts';

const { installed, missing } = await mysqlServers();
for (const { kind, reason } of missing) it.skip(`a policy of ${kind}: ${reason}`);

const POLICIES = {
  mysql: {
    install: "INSTALL COMPONENT 'file://component_validate_password'",
    tighten: 'SET GLOBAL validate_password.length = 100',
    remove: "UNINSTALL COMPONENT 'file://component_validate_password'",
  },
  mariadb: {
    install: "INSTALL SONAME 'simple_password_check'",
    tighten: 'SET GLOBAL simple_password_check_minimal_length = 100',
    remove: "UNINSTALL SONAME 'simple_password_check'",
  },
} as const;

describe.each(installed)('a policy of %s', (kind) => {
  const policy = POLICIES[kind.startsWith('mysql') ? 'mysql' : 'mariadb'];
  let database: DatabaseOnStage;
  beforeAll(async () => {
    database = await mysqlOnStage(kind);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it.for(['own password', 'by superuser', 'pair'])('is no dead end: %s', async (cast, { skip }) => {
    await using scene = await startScene(database, cast, { env: { KEYTURN_STATEMENT_SECONDS: '1' } });
    const installing = await database.administer(policy.install).catch((error: Error) => error.message);
    if (typeof installing === 'string') skip(`the server has no policy: ${installing}`);
    try {
      await database.administer(policy.tighten);
      // MariaDB's policies take no hash.
      scene.edit(({ rotation, ...fields }) => ({
        ...fields,
        rotation: { strategy: 'single-user', ...(rotation as object), password: { send: 'plain' } },
      }));
      const versionId = scene.begin();
      expect(await scene.run(versionId)).toBe('PASSWORD_GIVEN_UP');
      expect(scene.lastError).toContain('1819');
      expect(scene.secret.labels.get('AWSPENDING')).toBeUndefined();
      expect(await scene.works('AWSCURRENT')).toBe(true);
      expect(await scene.run(versionId)).toBe('VERSION_NOT_PENDING');
    } finally {
      await database.administer(policy.remove);
    }
    expect(await scene.run(scene.begin())).toBeUndefined();
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });
});

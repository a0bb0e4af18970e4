/** The check by the bundled functions, on every engine and strategy: what it says, and that it leaves no trace. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseOnStage } from '../../local/rehearsal/cast.ts';
import { type EngineUnderTest, enginesToTest } from '../../local/rehearsal/engines.ts';
import { type Scene, startScene } from '../../local/rehearsal/scene.ts';
import { parse } from '../../shared/core/parse.ts';
import { type CheckReport, reportSchema } from '../../shared/rotation/check/report.ts';

const { engines, missing } = await enginesToTest();
for (const { what, reason } of missing) it.skip(`the check on ${what}: ${reason}`, () => {});

async function check({ stage, secret }: Scene): Promise<CheckReport> {
  const answer = await stage.function.invoke({ Step: 'keyturn:check', SecretId: secret.arn });
  if (!answer.ok) throw new Error(`${answer.errorType}: ${answer.errorMessage}`);
  const parsed = parse(reportSchema, answer.value);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

const results = ({ checks }: CheckReport) =>
  Object.fromEntries(checks.map(({ check: name, result }) => [name, result]));

/** Everything that a rotation could change. */
const stateOf = async ({ secret }: Scene, database: DatabaseOnStage) => ({
  versions: [...secret.versions.keys()],
  labels: [...secret.labels],
  tags: [...secret.tags],
  rotation: secret.rotation,
  users: await usersIn(database),
});

const USERS: Readonly<Record<string, string>> = {
  postgres: `SELECT rolname, rolpassword, rolsuper, rolcreaterole, rolvaliduntil::text,
    ARRAY(SELECT m.roleid::regrole::text FROM pg_auth_members m WHERE m.member = a.oid ORDER BY 1)::text AS roles,
    shobj_description(oid, 'pg_authid') AS mark FROM pg_authid a ORDER BY 1`,
  mysql: 'SELECT * FROM mysql.user ORDER BY User, Host',
  mariadb: 'SELECT * FROM mysql.global_priv ORDER BY User, Host',
};

const usersIn = (database: DatabaseOnStage) =>
  database.administer(USERS[database.engine] ?? 'SELECT usename, usesuper FROM pg_user ORDER BY usename');

const WRITES =
  /\b(ALTER|(?<!SHOW )CREATE|DROP|GRANT|REVOKE|INSERT|UPDATE|DELETE|COMMENT ON|SET PASSWORD|RENAME)\b/i;

const withoutTexts = (line: string): string => line.replace(/'[^']*'/g, '');

/** Takes from a superuser what it changes passwords by. */
async function demote({ database }: EngineUnderTest, engine: string, superuser: string): Promise<void> {
  if (engine === 'postgres') await database.administer(`ALTER ROLE ${superuser} NOCREATEROLE`);
  else if (engine === 'redshift') await database.administer(`ALTER USER ${superuser} NOCREATEUSER`);
  else await database.administer(`REVOKE CREATE USER ON *.* FROM '${superuser}'@'%'`);
}

describe.each(engines)('the check on $name', ({ engine, own, pair, start }) => {
  let server: EngineUnderTest;
  beforeAll(async () => {
    server = await start({ talkative: true });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Tagged, and not yet attached. */
  async function staged(cast: string): Promise<Scene> {
    const scene = await startScene(server.database, cast);
    scene.secret.tags.set('keyturn:function', server.database.functionName);
    return scene;
  }

  it('says of each strategy and form that nothing stands in its way, and writes nothing', async () => {
    for (const { name, strategy } of server.database.casts) {
      await using scene = await staged(name);
      const before = await stateOf(scene, server.database);
      const logged = server.database.log().length;
      const report = await check(scene);
      const seen = server.database.log().slice(logged);
      expect(await stateOf(scene, server.database)).toEqual(before);
      expect(seen.split('\n').filter((line) => WRITES.test(withoutTexts(line)))).toEqual([]);
      expect(results(report), name).toMatchObject({
        ...{ secret: 'ok', pending: 'ok', dns: 'ok', tcp: 'ok', tls: 'ok', login: 'ok', engine: 'ok' },
        ...{ host: 'ok', strategy: 'ok', rights: 'ok', probe: 'skipped', readers: 'skipped' },
      });
      expect(report.ok).toBe(true);
      const [user] = report.account?.split('@') ?? [];
      expect(user?.split(' ')).toHaveLength(strategy === 'alternating-users' ? 2 : 1);
      const text = JSON.stringify(report) + scene.stage.function.output();
      for (const { text: password } of scene.secrets()) expect(text).not.toContain(password);
    }
  });

  it('says the same after a rotation, and of what a rotation leaves', async () => {
    await using scene = await startScene(server.database, pair);
    expect(await scene.run(scene.begin())).toBeUndefined();
    scene.secret.labels.delete('AWSPENDING');
    scene.secret.tags.set('keyturn:function', server.database.functionName);
    const before = await stateOf(scene, server.database);
    const report = await check(scene);
    expect(await stateOf(scene, server.database)).toEqual(before);
    expect(report.ok).toBe(true);
    expect(report.checks.find(({ check: name }) => name === 'rights')).toMatchObject({
      says: expect.stringMatching(/is this secret's, and has the rights of|compared/),
    });
  });

  it('tells a wrong password, a wrong port, a wrong certificate, and a probe that fails', async () => {
    await using scene = await staged(own);
    const { password } = scene.login('AWSCURRENT');
    scene.edit((fields) => ({ ...fields, password: 'Wrong-guess-1234' }));
    expect(results(await check(scene))).toMatchObject({ tls: 'ok', login: 'failed', rights: 'skipped' });
    scene.edit((fields) => ({ ...fields, password, port: 1 }));
    const unreachable = await check(scene);
    expect(results(unreachable)).toMatchObject({
      dns: 'ok',
      tcp: 'failed',
      tls: 'skipped',
      login: 'skipped',
    });
    expect(unreachable.checks.find(({ check: name }) => name === 'tcp')).toMatchObject({
      says: expect.stringContaining(':1 (ECONNREFUSED)'),
      fix: expect.stringContaining("Correct the secret's port"),
    });
    const { port } = server.database;
    scene.edit((fields) => ({ ...fields, port, rotation: { probe: 'SELECT * FROM no_such_table' } }));
    expect(results(await check(scene))).toMatchObject({ login: 'ok', probe: 'failed' });
    await using untrusting = await startScene(server.database, own, { env: { KEYTURN_TLS_CA_FILE: '' } });
    untrusting.secret.tags.set('keyturn:function', server.database.functionName);
    expect(results(await check(untrusting))).toMatchObject({ tcp: 'ok', tls: 'failed', login: 'skipped' });
  });

  it('tells a stranger’s user that would be taken over', async () => {
    if (engine === 'redshift') await server.drop('intruder').catch(() => {});
    await server.create({ username: 'intruder', password: 'Of-another-team-1' });
    await using scene = await startScene(server.database, pair, { env: { KEYTURN_SUPERUSER_TARGETS: '' } });
    scene.secret.tags.set('keyturn:function', server.database.functionName);
    const users = [scene.login('AWSCURRENT').username, 'intruder'];
    scene.edit((fields) => ({ ...fields, rotation: { strategy: 'alternating-users', users } }));
    const failing = server.failedLogins;
    const refused = await failing?.();
    expect(results(await check(scene))).toMatchObject({ superuser: 'ok', rights: 'failed' });
    // It guesses no password.
    expect(await failing?.()).toBe(refused);
    await server.drop('intruder');
  });

  it('tells a superuser who is none, with the statement that mends it', async () => {
    await using scene = await startScene(server.database, pair);
    scene.secret.tags.set('keyturn:function', server.database.functionName);
    const superuser = scene.secrets().find(({ name }) => name.startsWith('dba_'))?.name ?? '';
    await demote(server, engine, superuser);
    const report = await check(scene);
    const rights = report.checks.find(({ check: name }) => name === 'rights');
    expect(rights).toMatchObject({ result: 'warning', says: expect.stringContaining(superuser) });
    const [, statement = ''] = /^As an administrator: (.*)$/.exec(rights?.fix ?? '') ?? [];
    await server.database.administer(statement.replace(/;$/, ''));
    expect(results(await check(scene))).toMatchObject({ rights: 'ok' });
  });

  it('tells nothing of a secret that is neither attached nor tagged', async () => {
    await using scene = await startScene(server.database, own);
    const { account, checks } = await check(scene);
    expect(account).toBeNull();
    expect(checks.filter(({ result }) => result !== 'skipped')).toEqual([
      {
        check: 'secret',
        result: 'failed',
        says: expect.stringContaining('(SECRET_NOT_OURS).'),
        fix: expect.any(String),
      },
    ]);
  });
});

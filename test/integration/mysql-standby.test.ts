import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mysqlServers } from '../../local/servers/mysql.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import type { Session, StandbyPlan } from '../../shared/rotation/engine.ts';
import { summary } from '../support/login.ts';
import { type MysqlTestServer, startMysqlTestServer, unique } from '../support/mysql.ts';
import { openGuard } from '../support/postgres.ts';

const { installed, missing } = await mysqlServers();
for (const { kind, reason } of missing) it.skip(`${kind}: ${reason}`);

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf';

describe.each(installed)('the standby of %s', (kind) => {
  const isMysql = kind.startsWith('mysql');
  let server: MysqlTestServer;
  let count = 0;

  beforeAll(async () => {
    server = await startMysqlTestServer(kind, {
      generalLog: true,
      settings: isMysql ? { 'partial-revokes': 'ON' } : {},
    });
    for (const sql of [
      "DROP USER IF EXISTS dba@'%'",
      'DROP DATABASE IF EXISTS market',
      'DROP DATABASE IF EXISTS `odd TO ``name`',
      'DROP ROLE IF EXISTS reader',
      "CREATE USER dba@'%' IDENTIFIED BY 'Right-1'",
      "GRANT ALL ON *.* TO dba@'%' WITH GRANT OPTION",
      'CREATE DATABASE market',
      'CREATE DATABASE `odd TO ``name`',
      'CREATE TABLE market.orders (id int, note text)',
      'CREATE TABLE `odd TO ``name`.t (`a b` int, c int)',
      'CREATE PROCEDURE market.close_day() SELECT 1',
      'CREATE ROLE reader',
      'GRANT SELECT ON market.* TO reader',
    ])
      await server.query(sql);
    if (isMysql) await server.query("GRANT ROLE_ADMIN ON *.* TO dba@'%' WITH GRANT OPTION");
    else await server.query("GRANT reader TO dba@'%' WITH ADMIN OPTION");
  });
  afterAll(() => server.close());

  async function user(...grants: readonly string[]): Promise<string> {
    const name = unique(`u${count++}`);
    await server.query(`CREATE USER ${name}@'%' IDENTIFIED BY 'Right-1'`);
    for (const grant of grants) await server.query(grant.replaceAll('{user}', `${name}@'%'`));
    return name;
  }

  function planFor(session: Session, live: string, standby = `${live}_clone`): StandbyPlan {
    const users = [live, standby] as const;
    return {
      username: standby,
      live,
      password: new Redacted(`Next-${count++}'"\\-aB`),
      form: session.passwordForm,
      liveForm: session.passwordForm,
      pair: { users, ownerRole: undefined },
      mark: { secretArn: SECRET, users },
      revokeSurplus: false,
    };
  }

  async function converge(live: string, standby?: string): Promise<StandbyPlan> {
    await using dba = await server.session('dba', 'Right-1');
    const plan = planFor(dba, live, standby);
    await dba.convergeStandby(plan, openGuard());
    return plan;
  }

  async function rights(username: string, password: string): Promise<string[]> {
    await using session = await server.session(username, password);
    return [
      ...(await session.effectiveRights(username, { users: [username, ''], ownerRole: undefined })),
    ].sort();
  }

  it('has what the live user has, at every level and under the same conditions', async () => {
    const live = await user(
      'GRANT SELECT, INSERT ON market.orders TO {user} WITH GRANT OPTION',
      'GRANT SELECT (`a b`), UPDATE (`a b`, c) ON `odd TO ``name`.t TO {user}',
      'GRANT CREATE VIEW, SHOW VIEW ON market.* TO {user}',
      'GRANT PROCESS ON *.* TO {user}',
      'GRANT EXECUTE ON PROCEDURE market.close_day TO {user}',
      'GRANT reader TO {user}',
      isMysql ? 'ALTER USER {user} DEFAULT ROLE reader' : 'SET DEFAULT ROLE reader FOR {user}',
      'ALTER USER {user} REQUIRE SSL WITH MAX_USER_CONNECTIONS 7',
      ...(isMysql ? ['GRANT SELECT ON *.* TO {user}', 'REVOKE SELECT ON mysql.* FROM {user}'] : []),
    );
    const plan = await converge(live);
    const wanted = await rights(live, 'Right-1');
    expect(wanted.length).toBeGreaterThan(isMysql ? 12 : 10);
    expect(wanted.join()).toContain('DEFAULT ROLE');
    expect(await rights(plan.username, plan.password.reveal())).toEqual(wanted);
    expect(server.log()).not.toContain(plan.password.reveal().slice(0, 7));
  });

  it('gets what it lacks at the next turn, keeps its surplus, and hands nothing to the live user', async () => {
    const live = await user('GRANT SELECT ON market.* TO {user}');
    const first = await converge(live);
    await server.query(`GRANT INSERT ON market.* TO ${live}@'%'`);
    await server.query(`GRANT DELETE ON market.* TO ${first.username}@'%'`);
    const second = await converge(live);
    const grants = (held: readonly string[]) => held.filter((right) => right.startsWith('GRANT'));
    expect(grants(await rights(second.username, second.password.reveal()))).toEqual(
      ['DELETE', 'INSERT', 'SELECT'].map((right) => `GRANT ${right} ON \`market\`.* TO {user}`),
    );
    expect(grants(await rights(live, 'Right-1'))).toHaveLength(2);
    expect(await summary(server.login(first.username, first.password.reveal()))).toBe(
      'rejected CREDENTIALS_REJECTED',
    );
  });

  it('loses its surplus on request, and no more', async () => {
    const live = await user(
      'GRANT SELECT ON market.* TO {user}',
      'GRANT INSERT ON market.orders TO {user}',
      'GRANT reader TO {user}',
    );
    const { username } = await converge(live);
    const surplus = [
      'GRANT DELETE, INSERT ON market.* TO {user} WITH GRANT OPTION',
      'GRANT UPDATE (`a b`) ON `odd TO ``name`.t TO {user}',
      'GRANT PROCESS ON *.* TO {user}',
      'GRANT EXECUTE ON PROCEDURE market.close_day TO {user}',
      'GRANT reader TO {user} WITH ADMIN OPTION',
      isMysql ? 'ALTER USER {user} DEFAULT ROLE reader' : 'SET DEFAULT ROLE reader FOR {user}',
    ];
    for (const grant of surplus) await server.query(grant.replaceAll('{user}', `${username}@'%'`));
    await using dba = await server.session('dba', 'Right-1');
    const plan = { ...planFor(dba, live), revokeSurplus: true };
    const guard = openGuard();
    const revoked = await dba.convergeStandby(plan, guard);
    expect(revoked.size).toBeGreaterThan(7);
    expect(guard.fences()).toBeGreaterThan(7);
    expect(await rights(username, plan.password.reveal())).toEqual(await rights(live, 'Right-1'));
    expect(await dba.convergeStandby({ ...planFor(dba, live), revokeSurplus: true }, guard)).toEqual(
      new Set(),
    );
  });

  it('loses conditions that the live user does not have', async () => {
    const live = await user('GRANT SELECT ON *.* TO {user}');
    const first = await converge(live);
    await server.query(`ALTER USER ${first.username}@'%' REQUIRE SSL WITH MAX_USER_CONNECTIONS 7`);
    if (!isMysql) await server.query(`ALTER USER ${first.username}@'%' WITH MAX_STATEMENT_TIME 2.5`);
    if (isMysql) await server.query(`REVOKE SELECT ON mysql.* FROM ${first.username}@'%'`);
    const second = await converge(live);
    expect(await rights(second.username, second.password.reveal())).toEqual(await rights(live, 'Right-1'));
  });

  it('exists for each host of the live user', async () => {
    const live = await user();
    await server.query(`CREATE USER ${live}@'192.0.2.1' IDENTIFIED BY 'Right-1'`);
    await server.query(`GRANT SELECT ON market.* TO ${live}@'192.0.2.1'`);
    const { username } = await converge(live);
    const hosts = await server.query(`SELECT host FROM mysql.user WHERE user = '${username}' ORDER BY host`);
    expect(hosts.map((row) => Object.values(row)[0])).toEqual(['%', '192.0.2.1']);
  });

  it('gets nothing by a name that would break out of its statement, and the script does not hold it', async () => {
    await server.query('CREATE DATABASE IF NOT EXISTS `{user}`');
    const live = await user('GRANT SELECT ON market.* TO {user}');
    await server.query(`GRANT SELECT ON \`{user}\`.* TO ${live}@'%'`);
    const { username, password } = await converge(live, `${live}; DROP USER root; #`);
    const wanted = await rights(live, 'Right-1');
    const held = await rights(username, password.reveal());
    expect(wanted.filter((right) => !held.includes(right))).toEqual([
      expect.stringMatching(/^-- "GRANT SELECT ON `\\u007buser}`\.\* TO \\u007buser}"$/),
    ]);
  });

  if (isMysql)
    it('proves its password as the live user does, so that the application can log in as both', async () => {
      const live = await user();
      const method = async (name: string) =>
        (await server.query<{ plugin: string }>(`SELECT plugin FROM mysql.user WHERE user = '${name}'`))[0]
          ?.plugin;
      const { username } = await converge(live);
      expect(await method(username)).toBe('caching_sha2_password');
      await server.query(`ALTER USER ${live}@'%' IDENTIFIED WITH sha256_password BY 'Right-1'`);
      const { password } = await converge(live);
      expect(await method(username)).toBe('sha256_password');
      expect(await summary(server.login(username, password.reveal()))).toBe('accepted');
      const other = await user();
      await server.query(`ALTER USER ${other}@'%' IDENTIFIED WITH sha256_password BY 'Right-1'`);
      expect(await method((await converge(other)).username)).toBe('sha256_password');
    });

  it('is made once by two attempts at a time', async () => {
    const live = await user('GRANT SELECT ON market.* TO {user}');
    await using first = await server.session('dba', 'Right-1');
    await using second = await server.session('dba', 'Right-1');
    const plan = planFor(first, live);
    await Promise.all([first, second].map((dba) => dba.convergeStandby(plan, openGuard())));
    expect(await rights(plan.username, plan.password.reveal())).toEqual(await rights(live, 'Right-1'));
  });

  it('that lacks more than the time allows is completed by the next attempt', async () => {
    const live = await user('GRANT SELECT ON market.* TO {user}', 'GRANT PROCESS ON *.* TO {user}');
    await using dba = await server.session('dba', 'Right-1');
    const plan = planFor(dba, live);
    await expect(dba.convergeStandby(plan, { ...openGuard(), statementTimeoutMs: -1 })).rejects.toMatchObject(
      { code: 'DEADLINE_TOO_CLOSE', what: expect.stringContaining('0 of the 2 rights') },
    );
    await dba.convergeStandby(plan, openGuard());
    expect(await rights(plan.username, plan.password.reveal())).toEqual(await rights(live, 'Right-1'));
  });

  it('is bound to the secret by a mark, where the server keeps one', async () => {
    const { username, mark } = await converge(await user());
    await using dba = await server.session('dba', 'Right-1');
    expect((await dba.describeUser(username)).mark).toEqual(isMysql ? mark : undefined);
  });

  it('is not made, nor its password set, for an administrator', async () => {
    const live = await user('GRANT CREATE USER ON *.* TO {user}');
    await expect(converge(live)).rejects.toMatchObject({ code: 'USER_PROTECTED' });
    expect(await server.query(`SELECT 1 FROM mysql.user WHERE user = '${live}_clone'`)).toEqual([]);
  });

  it('needs rights that the refusal names', async () => {
    const live = await user();
    const weak = await user();
    await using session = await server.session(weak, 'Right-1');
    await expect(session.convergeStandby(planFor(session, live), openGuard())).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      what: expect.stringContaining('GRANT CREATE USER ON *.*'),
    });
  });

  it('is left alone when the fence is lost', async () => {
    const live = await user();
    await using dba = await server.session('dba', 'Right-1');
    const guard = { ...openGuard(), fence: () => Promise.reject(new Error('lost')) };
    await expect(dba.convergeStandby(planFor(dba, live), guard)).rejects.toThrow('lost');
    expect(await server.query(`SELECT 1 FROM mysql.user WHERE user = '${live}_clone'`)).toEqual([]);
  });
});

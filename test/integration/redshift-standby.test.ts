/** Standbys at the gateway, which stands in for Redshift: its system views are imitated, its statements checked. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redshiftMissing } from '../../local/redshift/gateway.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import { markGroup } from '../../shared/engines/redshift/mark.ts';
import type { Session, StandbyPlan } from '../../shared/rotation/engine.ts';
import { summary } from '../support/login.ts';
import { openGuard } from '../support/postgres.ts';
import { type RedshiftTestServer, startRedshiftTestServer } from '../support/redshift.ts';

const missing = redshiftMissing();
if (missing !== undefined) it.skip(`a standby of Redshift: ${missing}`);

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app/sales-AbCdEf';

const PREPARED = [
  "CREATE USER dba PASSWORD 'Right-123' CREATEUSER",
  'CREATE SCHEMA sales',
  'CREATE SCHEMA "Odd {user}"',
  'CREATE TABLE sales.orders (id int)',
  'CREATE TABLE sales."odd ""name" (id int)',
  'CREATE VIEW sales.latest AS SELECT id FROM sales.orders',
  'CREATE GROUP analysts',
  'CREATE ROLE reader',
  'CREATE ROLE keeper',
];

describe.skipIf(missing !== undefined)('a standby of Redshift', () => {
  let server: RedshiftTestServer;
  let count = 0;
  beforeAll(async () => {
    server = await startRedshiftTestServer();
    for (const statement of PREPARED) await server.query(statement);
  });
  afterAll(() => server.close());

  async function user(...statements: string[]): Promise<string> {
    const name = `u${count++}`;
    await server.query(`CREATE USER ${name} PASSWORD 'Right-123'`);
    for (const statement of statements) await server.query(statement.replaceAll('{u}', name));
    return name;
  }

  function planFor(session: Session, live: string, standby = `${live}_clone`): StandbyPlan {
    const users = [live, standby] as const;
    return {
      username: standby,
      live,
      password: new Redacted(`Next-${count++}-aB-aB`),
      form: session.passwordForm,
      liveForm: session.passwordForm,
      pair: { users, ownerRole: undefined },
      mark: { secretArn: SECRET, users },
      revokeSurplus: false,
    };
  }

  async function converge(live: string, standby?: string): Promise<StandbyPlan> {
    await using dba = await server.session('dba', 'Right-123');
    const plan = planFor(dba, live, standby);
    await dba.convergeStandby(plan, openGuard());
    return plan;
  }

  async function rights(username: string, password: Redacted | string): Promise<string[]> {
    const text = typeof password === 'string' ? password : password.reveal();
    await using session = await server.session(username, text);
    return [
      ...(await session.effectiveRights(username, { users: [username, ''], ownerRole: undefined })),
    ].sort();
  }

  const CARRIED = [
    'ALTER USER {u} CREATEDB',
    'ALTER GROUP analysts ADD USER {u}',
    'GRANT ROLE reader TO {u}',
    'GRANT ROLE keeper TO {u} WITH ADMIN OPTION',
    'GRANT CREATE ON DATABASE dev TO {u}',
    'GRANT USAGE ON SCHEMA sales TO {u}',
    'GRANT SELECT ON TABLE sales.orders TO {u} WITH GRANT OPTION',
    'GRANT UPDATE ON TABLE sales."odd ""name" TO {u}',
    'GRANT SELECT ON TABLE sales.latest TO {u}',
  ];

  it('has the groups, the roles and the privileges that the live user has', async () => {
    const live = await user(...CARRIED);
    const { username, password } = await converge(live);
    const wanted = await rights(live, 'Right-123');
    expect(wanted).toEqual(
      [
        'ALTER USER {user} CREATEDB',
        'ALTER GROUP "analysts" ADD USER {user}',
        'GRANT ROLE "reader" TO {user}',
        'GRANT ROLE "keeper" TO {user}',
        'GRANT ROLE "keeper" TO {user} WITH ADMIN OPTION',
        'GRANT CREATE ON DATABASE "dev" TO {user}',
        'GRANT USAGE ON SCHEMA "sales" TO {user}',
        'GRANT SELECT ON TABLE "sales"."orders" TO {user}',
        'GRANT SELECT ON TABLE "sales"."orders" TO {user} WITH GRANT OPTION',
        'GRANT UPDATE ON TABLE "sales"."odd ""name" TO {user}',
        'GRANT SELECT ON TABLE "sales"."latest" TO {user}',
      ].sort(),
    );
    expect(await rights(username, password)).toEqual(wanted);
  });

  it('does not get what is not carried over, which is named with the SQL that would give it', async () => {
    const live = await user(
      'GRANT SELECT (id) ON TABLE sales.orders TO {u}',
      'ALTER DEFAULT PRIVILEGES FOR USER dba IN SCHEMA sales GRANT SELECT ON TABLES TO {u}',
      'CREATE TABLE sales.of_{u} (id int)',
      'ALTER TABLE sales.of_{u} OWNER TO {u}',
      'ALTER USER {u} SET search_path TO sales, public',
      'GRANT USAGE ON LANGUAGE sql TO {u}',
    );
    await server.postgres(`CREATE DATABASE reports_${live}`);
    await server.postgres(`GRANT CREATE ON DATABASE reports_${live} TO ${live}`);
    await server.postgres(
      `CREATE FUNCTION sales.f_${live}(a int, b varchar) RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    );
    await server.postgres(`GRANT EXECUTE ON FUNCTION sales.f_${live} TO ${live}`);
    const identity = `0, '${live}', 'user', false`;
    await server.postgres(
      `INSERT INTO redshift.svv_ml_model_privileges VALUES ('sales', 'churn', 1, 'EXECUTE', ${identity})`,
    );
    await server.postgres(
      `INSERT INTO redshift.svv_datashare_privileges VALUES ('partners', 'SHARE', ${identity})`,
    );
    const { username, password } = await converge(live);
    expect(await rights(username, password)).toEqual([]);
    expect(await rights(live, 'Right-123')).toEqual(
      [
        'GRANT SELECT ("id") ON TABLE "sales"."orders" TO {user}',
        'ALTER DEFAULT PRIVILEGES FOR USER "dba" IN SCHEMA "sales" GRANT SELECT ON TABLES TO {user}',
        `-- owns table "sales"."of_${live}"`,
        '-- setting search_path=sales, public',
        'GRANT USAGE ON LANGUAGE "sql" TO {user}',
        `GRANT CREATE ON DATABASE "reports_${live}" TO {user}`,
        `GRANT EXECUTE ON FUNCTION "sales"."f_${live}"(integer, character varying) TO {user}`,
        'GRANT EXECUTE ON MODEL "sales"."churn" TO {user}',
        'GRANT SHARE ON DATASHARE "partners" TO {user}',
      ].sort(),
    );
  });

  it('is given no statement that a name has turned into another', async () => {
    const live = await user('GRANT USAGE ON SCHEMA "Odd {user}" TO {u}');
    const { username, password } = await converge(live);
    expect((await rights(live, 'Right-123')).every((line) => line.startsWith('--'))).toBe(true);
    expect(await rights(username, password)).toEqual([]);
  });

  it('gets what it lacks at the next turn, keeps its surplus, and hands nothing to the live user', async () => {
    const live = await user('GRANT SELECT ON TABLE sales.orders TO {u}');
    const first = await converge(live);
    await server.query(`GRANT INSERT ON TABLE sales.orders TO ${live}`);
    await server.query(`GRANT DELETE ON TABLE sales.orders TO ${first.username}`);
    const second = await converge(live);
    expect(await rights(second.username, second.password)).toEqual(
      ['DELETE', 'INSERT', 'SELECT'].map((right) => `GRANT ${right} ON TABLE "sales"."orders" TO {user}`),
    );
    expect(await rights(live, 'Right-123')).toHaveLength(2);
    expect(await summary(server.login(first.username, first.password.reveal()))).toMatch(/^rejected/);
  });

  it('loses its surplus on request, and no more', async () => {
    const live = await user('GRANT SELECT ON TABLE sales.orders TO {u}', 'GRANT ROLE keeper TO {u}');
    const { username } = await converge(live);
    for (const statement of CARRIED) await server.query(statement.replaceAll('{u}', username));
    await using dba = await server.session('dba', 'Right-123');
    const plan = { ...planFor(dba, live), revokeSurplus: true };
    const revoked = await dba.convergeStandby(plan, openGuard());
    expect([...revoked].sort()).toEqual([
      'ALTER GROUP "analysts" ADD USER {user}',
      'ALTER USER {user} CREATEDB',
      'GRANT CREATE ON DATABASE "dev" TO {user}',
      'GRANT ROLE "keeper" TO {user} WITH ADMIN OPTION',
      'GRANT ROLE "reader" TO {user}',
      'GRANT SELECT ON TABLE "sales"."latest" TO {user}',
      'GRANT SELECT ON TABLE "sales"."orders" TO {user} WITH GRANT OPTION',
      'GRANT UPDATE ON TABLE "sales"."odd ""name" TO {user}',
      'GRANT USAGE ON SCHEMA "sales" TO {user}',
    ]);
    expect(await rights(username, plan.password)).toEqual(await rights(live, 'Right-123'));
  });

  it('that may hand on what the live user may not lacks nothing', async () => {
    const live = await user('GRANT SELECT ON TABLE sales.orders TO {u}');
    const first = await converge(live);
    await server.query(`GRANT SELECT ON TABLE sales.orders TO ${first.username} WITH GRANT OPTION`);
    const second = await converge(live);
    const [wanted, held] = [
      new Set(await rights(live, 'Right-123')),
      new Set(await rights(second.username, second.password)),
    ];
    expect([wanted.difference(held).size, held.difference(wanted).size]).toEqual([0, 1]);
  });

  it('gets more rights than one attempt has time for by one attempt after the other', async () => {
    const live = await user();
    const schemas = Array.from({ length: 1000 }, (_, n) => `s${n}_${live}`);
    await server.postgres(schemas.map((name) => `CREATE SCHEMA ${name}`).join(';'));
    await server.postgres(schemas.map((name) => `GRANT USAGE ON SCHEMA ${name} TO ${live}`).join(';'));
    await using dba = await server.session('dba', 'Right-123');
    const plan = planFor(dba, live);
    const refusals: string[] = [];
    for (let attempt = 0; attempt < 50; attempt++)
      try {
        await dba.convergeStandby(plan, openGuard(100));
        break;
      } catch (error) {
        refusals.push((error as { code: string }).code);
      }
    expect(refusals).toContain('DEADLINE_TOO_CLOSE');
    expect(await rights(plan.username, plan.password)).toHaveLength(1000);
  });

  it('is bound to the secret by a group, which is no right, and by no other secret’s', async () => {
    const { username, mark, password } = await converge(await user());
    const other = { ...mark, secretArn: `${SECRET}x` };
    await using dba = await server.session('dba', 'Right-123');
    expect((await dba.describeUser(username, mark)).mark).toEqual(mark);
    expect((await dba.describeUser(username, other)).mark?.secretArn).toContain(markGroup(mark));
    expect((await dba.describeUser('analysts', mark)).exists).toBe(false);
    expect(await rights(username, password)).toEqual([]);
  });

  it('that an administrator has made, and bound by the statement shown, becomes one', async () => {
    const [live, standby] = [await user('GRANT SELECT ON TABLE sales.orders TO {u}'), await user()];
    const { mark } = await converge(live, standby);
    await using dba = await server.session('dba', 'Right-123');
    expect((await dba.describeUser(standby, mark)).mark).toEqual(mark);
  });

  it('is let in by nobody before it has its password', async () => {
    const live = await user();
    await using dba = await server.session('dba', 'Right-123');
    let fences = 0;
    const guard = {
      ...openGuard(),
      fence: async () => {
        if (++fences === 2) throw new Error('lost');
      },
    };
    const plan = planFor(dba, live);
    await expect(dba.convergeStandby(plan, guard)).rejects.toThrow('lost');
    expect((await dba.describeUser(plan.username, plan.mark)).mark).toEqual(plan.mark);
    for (const password of [plan.password.reveal(), 'Right-123'])
      expect(await summary(server.login(plan.username, password))).toMatch(/^rejected/);
    await dba.convergeStandby(plan, openGuard());
    expect(await summary(server.login(plan.username, plan.password.reveal()))).toBe('accepted');
  });

  it('is not made when the fence is lost', async () => {
    const live = await user();
    await using dba = await server.session('dba', 'Right-123');
    const guard = { ...openGuard(), fence: () => Promise.reject(new Error('lost')) };
    await expect(dba.convergeStandby(planFor(dba, live), guard)).rejects.toThrow('lost');
    expect(await server.query(`SELECT usename FROM pg_user WHERE usename = '${live}_clone'`)).toEqual([]);
  });

  it.each([
    ['is a superuser', 'ALTER USER {u} CREATEUSER'],
    ['may ALTER USER, CREATE USER, DROP USER by a role', 'GRANT ROLE chief TO {u}'],
    ['may ALTER USER, CREATE USER, DROP USER by a role', 'GRANT ROLE deputy TO {u}'],
  ])('is not made for a live user that %s', async (because, statement) => {
    for (const role of ['chief', 'deputy']) await server.query(`CREATE ROLE ${role}`).catch(() => {});
    await server.query('GRANT CREATE USER TO ROLE chief');
    await server.query('GRANT ROLE chief TO ROLE deputy').catch(() => {});
    const live = await user(statement);
    await expect(converge(live)).rejects.toMatchObject({
      code: 'USER_PROTECTED',
      what: `${live} ${because}.`,
    });
    expect(await server.query(`SELECT usename FROM pg_user WHERE usename = '${live}_clone'`)).toEqual([]);
  });

  it('is never the superuser itself', async () => {
    const live = await user();
    await expect(converge(live, 'dba')).rejects.toMatchObject({ code: 'USER_PROTECTED' });
  });

  it('needs a superuser, and the refusal says so', async () => {
    const [live, weak] = [await user(), await user()];
    await using session = await server.session(weak, 'Right-123');
    await expect(session.convergeStandby(planFor(session, live), openGuard())).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      what: expect.stringContaining(`ALTER USER "${weak}" CREATEUSER`),
    });
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresMajors } from '../../local/servers/postgres.ts';
import { KeyturnError } from '../../shared/core/errors.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import { markStatement } from '../../shared/engines/postgres/users.ts';
import type { Mark, Pair, Session, StandbyPlan } from '../../shared/rotation/engine.ts';
import { failure } from '../support/failure.ts';
import { summary } from '../support/login.ts';
import { openGuard, startTestServer, type TestServer } from '../support/postgres.ts';

const CLONE: Pair = { users: ['app', 'app_clone'], ownerRole: undefined };
const OWNED: Pair = { users: ['app', 'app_b'], ownerRole: 'svc' };
const ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:app-AbCdEf';

function planFor(pair: Pair, username: string, password = 'New-1'): StandbyPlan {
  const live = pair.users.find((user) => user !== username) ?? '';
  const mark: Mark = { secretArn: ARN, users: pair.users };
  return {
    username,
    password: new Redacted(password),
    form: 'scram-sha-256',
    liveForm: 'scram-sha-256',
    live,
    pair,
    mark,
    revokeSurplus: false,
  };
}

describe.each(postgresMajors().installed)('the standby on PostgreSQL %i', (major) => {
  let server: TestServer;
  let master: Session;
  beforeAll(async () => {
    server = await startTestServer({ major });
    await server.query(`CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD 'Master-1'`);
    await server.query('CREATE DATABASE other');
  });
  beforeEach(async () => {
    await server.query(`CREATE ROLE app LOGIN PASSWORD 'Old-1'; CREATE ROLE svc; CREATE ROLE team;
      CREATE TABLE t (a int); GRANT SELECT ON t TO app; GRANT CREATE ON SCHEMA public TO app, svc;
      ALTER ROLE app SET search_path = s1, "S 2"; ALTER ROLE app IN DATABASE other SET work_mem = '5MB';
      ALTER ROLE app CREATEDB CONNECTION LIMIT 9 VALID UNTIL '2040-01-01'`);
    if (major >= 16) await server.query('GRANT app, svc, team TO master WITH ADMIN OPTION');
    master = await server.session('master', 'Master-1');
  });
  afterEach(async () => {
    await master[Symbol.asyncDispose]();
    const rows = await server.query<{ name: string }>(
      `SELECT rolname AS name FROM pg_roles WHERE oid >= 16384 AND rolname <> 'master'`,
    );
    const roles = rows.map(({ name }) => name).join(', ');
    await server.query(`DROP TABLE t; DROP OWNED BY ${roles} CASCADE; DROP ROLE ${roles}`);
  });
  afterAll(() => server.close());

  const converge = (plan: StandbyPlan, session = master) => session.convergeStandby(plan, openGuard());
  async function differences(pair: Pair): Promise<string[]> {
    const [one, two] = pair.users;
    const a = await master.effectiveRights(one, pair);
    const b = await master.effectiveRights(two, pair);
    return [...a.symmetricDifference(b)];
  }

  it('a clone is made, has what its base has, and is made again to the same effect', async () => {
    const guard = openGuard();
    await master.convergeStandby(planFor(CLONE, 'app_clone'), guard);
    const first = await master.effectiveRights('app_clone', CLONE);
    await master.convergeStandby(planFor(CLONE, 'app_clone', 'New-2'), guard);
    expect(await master.effectiveRights('app_clone', CLONE)).toEqual(first);
    expect(guard.fences()).toBe(2);
    expect(await differences(CLONE)).toEqual([]);
    expect(await summary(server.login('app_clone', 'New-2'))).toBe('accepted');
    expect(await summary(server.login('app', 'Old-1'))).toBe('accepted');
    await using clone = await server.session('app_clone', 'New-2');
    await clone.probe('SELECT * FROM public.t');
  });

  it('the base as standby gets its password and nothing else', async () => {
    await converge(planFor(CLONE, 'app_clone'));
    await server.query('ALTER ROLE app_clone CONNECTION LIMIT 1');
    const before = await master.effectiveRights('app', CLONE);
    await converge(planFor(CLONE, 'app', 'Base-2'));
    expect(await master.effectiveRights('app', CLONE)).toEqual(before);
    expect(await summary(server.login('app', 'Base-2'))).toBe('accepted');
    expect((await master.describeUser('app')).mark?.users).toEqual(['app', 'app_clone']);
  });

  it('attributes and settings follow the base both ways', async () => {
    await converge(planFor(CLONE, 'app_clone'));
    await server.query(`ALTER ROLE app RESET search_path; ALTER ROLE app SET lock_timeout = '3s';
      ALTER ROLE app NOCREATEDB CONNECTION LIMIT -1 VALID UNTIL 'infinity'; ALTER ROLE app_clone SET work_mem = '1MB'`);
    await converge(planFor(CLONE, 'app_clone'));
    expect(await differences(CLONE)).toEqual([]);
    const [row] = await server.query<{ config: string[] }>(
      `SELECT rolconfig AS config FROM pg_roles WHERE rolname = 'app_clone'`,
    );
    expect(row?.config).toEqual(['lock_timeout=3s']);
  });

  it('what the superuser may not copy is left to the comparison of rights', async () => {
    await server.query('ALTER ROLE app BYPASSRLS; ALTER ROLE app SET log_statement = none');
    await converge(planFor(CLONE, 'app_clone'));
    expect((await differences(CLONE)).sort()).toEqual([
      'ALTER ROLE {user} BYPASSRLS',
      `ALTER ROLE {user} SET "log_statement" = 'none'`,
    ]);
    expect(await summary(server.login('app_clone', 'New-1'))).toBe('accepted');
  });

  it('a retired clone cannot seize its base from 16 on', async () => {
    await converge(planFor(CLONE, 'app_clone'));
    await using clone = await server.session('app_clone', 'New-1');
    const stolen = {
      username: 'app',
      password: new Redacted('Stolen-1'),
      form: 'scram-sha-256',
      liveForm: 'scram-sha-256',
    };
    expect((await failure(clone.changePassword(stolen, openGuard()))).sqlState).toBe('42501');
    const becoming = clone.probe('SET ROLE app');
    if (major >= 16) expect((await failure(becoming)).sqlState).toBe('42501');
    else await becoming;
  });

  it.skipIf(major < 16)(
    'an old membership with SET ROLE is mended, or named where another granted it',
    async () => {
      await converge(planFor(CLONE, 'app_clone'));
      await server.query('SET ROLE master; GRANT app TO app_clone WITH SET TRUE');
      await converge(planFor(CLONE, 'app_clone'));
      const [row] = await server.query(`SELECT pg_has_role('app_clone', 'app', 'SET') AS set`);
      expect(row).toEqual({ set: false });
      await server.query('GRANT app TO app_clone');
      const refused = await failure(converge(planFor(CLONE, 'app_clone', 'New-3')));
      const fix = 'REVOKE SET OPTION FOR "app" FROM "app_clone" GRANTED BY postgres;';
      expect([refused.code, refused.message.includes(fix)]).toEqual(['DATABASE_REFUSED', true]);
      await server.query(fix);
      await converge(planFor(CLONE, 'app_clone', 'New-3'));
    },
  );

  it('what the base may become is granted to the clone', async () => {
    await server.query('GRANT team TO app; GRANT SELECT ON t TO team');
    await converge(planFor(CLONE, 'app_clone'));
    expect(await differences(CLONE)).toEqual([]);
  });

  it.each([CLONE, OWNED])('surplus goes on request: %o', async (pair) => {
    if (pair.ownerRole !== undefined) await server.query('GRANT svc TO app; ALTER ROLE app SET role = svc');
    const standby = pair.users[1];
    await converge(planFor(pair, standby));
    // Who granted a membership may be another than who revokes it.
    await server.query(`GRANT team TO ${standby} WITH ADMIN OPTION; GRANT pg_monitor TO ${standby};
      GRANT INSERT ON t TO team; GRANT UPDATE (a), DELETE ON t TO ${standby} WITH GRANT OPTION;
      GRANT CONNECT ON DATABASE other TO ${standby};
      ALTER DEFAULT PRIVILEGES FOR ROLE svc IN SCHEMA public GRANT SELECT ON TABLES TO ${standby}`);
    await server.query(`CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'Boss-1'`);
    const wanted = await master.effectiveRights('app', pair);
    await using superuser = await server.session('boss', 'Boss-1');
    const plan = { ...planFor(pair, standby, 'Turn-2'), revokeSurplus: true };
    const revoked = await converge(plan, superuser);
    expect([...revoked].join()).toMatch(/team.*DELETE ON TABLE public\.t|DELETE ON TABLE public\.t.*team/);
    expect([...(await master.effectiveRights(standby, pair)).difference(wanted)]).toEqual([]);
    expect(await master.effectiveRights('app', pair)).toEqual(wanted);
    expect(await converge(plan, superuser)).toEqual(new Set());
    expect(await summary(server.login(standby, 'Turn-2'))).toBe('accepted');
  });

  it('surplus that the superuser may not take stays, and is not said to be gone', async () => {
    await converge(planFor(CLONE, 'app_clone'));
    await server.query('GRANT DELETE ON t TO app_clone');
    expect(await converge({ ...planFor(CLONE, 'app_clone'), revokeSurplus: true })).toEqual(new Set());
    expect(await differences(CLONE)).toEqual(['GRANT DELETE ON TABLE public.t TO {user}']);
  });

  it('a pair with an owner role takes turns', async () => {
    await server.query(
      'GRANT svc TO app; ALTER ROLE app SET role = svc; GRANT SELECT ON t TO svc; REVOKE SELECT ON t FROM app',
    );
    await server.query('REVOKE CREATE ON SCHEMA public FROM app');
    await converge(planFor(OWNED, 'app_b'));
    expect(await differences(OWNED)).toEqual([]);
    await using b = await server.session('app_b', 'New-1');
    await b.probe(
      "SELECT 1 / (current_user = 'svc')::int FROM public.t UNION ALL SELECT 1 / (current_user = 'svc')::int",
    );
    expect(await b.whoAmI()).toBe('app_b');
    await converge(planFor(OWNED, 'app', 'Turn-2'));
    await converge(planFor(OWNED, 'app', 'Turn-2'));
    expect(await differences(OWNED)).toEqual([]);
    await b.changePassword(
      {
        username: 'app_b',
        password: new Redacted('Own-3'),
        form: 'scram-sha-256',
        liveForm: 'scram-sha-256',
      },
      openGuard(),
    );
    expect([
      await summary(server.login('app', 'Turn-2')),
      await summary(server.login('app_b', 'Own-3')),
    ]).toEqual(['accepted', 'accepted']);
    const stolen = {
      username: 'app',
      password: new Redacted('Stolen-1'),
      form: 'scram-sha-256',
      liveForm: 'scram-sha-256',
    };
    expect((await failure(b.changePassword(stolen, openGuard()))).code).toBe('DATABASE_REFUSED');
  });

  it.each([
    ['does not exist', 'DROP OWNED BY svc; DROP ROLE svc', 'does not exist'],
    ['can log in', 'ALTER ROLE svc LOGIN; GRANT svc TO app', 'can log in'],
    ["is not the live user's", 'SELECT 1', 'does not have app as a member'],
    ['is an administrator', 'ALTER ROLE svc CREATEROLE', 'CREATEROLE'],
  ])('an owner role that %s is refused', async (_what, sql, why) => {
    await server.query(sql);
    const refused = await failure(converge(planFor(OWNED, 'app_b')));
    expect(['DATABASE_REFUSED', 'USER_PROTECTED']).toContain(refused.code);
    expect(refused.what).toContain(why);
    expect((await master.describeUser('app_b')).exists).toBe(false);
  });

  it.each([
    ['a superuser', 'SUPERUSER'],
    ['one who creates roles', 'CREATEROLE'],
    ['one who replicates', 'REPLICATION'],
  ])('%s is protected', async (_what, attribute) => {
    await server.query(`CREATE ROLE app_clone LOGIN ${attribute} PASSWORD 'Keep-1'`);
    expect((await master.describeUser('app_clone')).protectedBecause).toBeDefined();
    expect((await failure(converge(planFor(CLONE, 'app_clone')))).code).toBe('USER_PROTECTED');
    expect(await summary(server.login('app_clone', 'Keep-1'))).toBe('accepted');
  });

  it.each(['rds_superuser', 'rds_iam', 'pg_execute_server_program', 'pg_write_server_files'])(
    'a member of %s is protected, also through another role',
    async (role) => {
      if (role.startsWith('rds_')) await server.query(`CREATE ROLE ${role}`);
      await server.query(
        `GRANT ${role} TO team; CREATE ROLE app_clone LOGIN NOINHERIT; GRANT team TO app_clone`,
      );
      expect((await master.describeUser('app_clone')).protectedBecause).toContain(role);
      expect((await master.describeUser('app')).protectedBecause).toBeUndefined();
      expect((await failure(converge(planFor(CLONE, 'app_clone')))).code).toBe('USER_PROTECTED');
    },
  );

  it('an administrator gets no clone, and a superuser is not its own standby', async () => {
    await server.query('ALTER ROLE app CREATEROLE');
    expect((await failure(converge(planFor(CLONE, 'app_clone')))).code).toBe('USER_PROTECTED');
    expect((await master.describeUser('app_clone')).exists).toBe(false);
    expect((await master.describeUser('master')).protectedBecause).toContain('own user');
    const own: Pair = { users: ['app', 'master'], ownerRole: undefined };
    expect((await failure(converge(planFor(own, 'master')))).code).toBe('USER_PROTECTED');
  });

  it('the mark is written, read back, and leaves a comment of others alone', async () => {
    expect(await master.describeUser('app_clone')).toMatchObject({ exists: false, mark: undefined });
    await converge(planFor(CLONE, 'app_clone'));
    const mark = { secretArn: ARN, users: ['app', 'app_clone'] } as const;
    expect((await master.describeUser('app_clone')).mark).toEqual(mark);
    const odd: Mark = { secretArn: `it's "odd" \\`, users: ['app', 'o\'"\\x'] };
    await server.query(markStatement('app', odd));
    expect((await master.describeUser('app')).mark).toEqual(odd);
    for (const comment of ['keyturn: {"secret":1}', 'keyturn: nonsense', 'the billing application']) {
      await server.query(`COMMENT ON ROLE app IS '${comment}'`);
      expect((await master.describeUser('app')).mark).toBeUndefined();
    }
    await converge(planFor(CLONE, 'app'));
    const [row] = await server.query(`SELECT shobj_description('app'::regrole, 'pg_authid') AS comment`);
    expect(row).toEqual({ comment: 'the billing application' });
  });

  it('nothing stays of a change whose fence was lost', async () => {
    const fence = async () => {
      throw new KeyturnError('FENCE_LOST', 'moved.');
    };
    const lost = await failure(
      master.convergeStandby(planFor(CLONE, 'app_clone'), { ...openGuard(), fence }),
    );
    expect([lost.code, (await master.describeUser('app_clone')).exists]).toEqual(['FENCE_LOST', false]);
  });

  it.skipIf(major < 16)('says what to grant on a server that asks for ADMIN OPTION', async () => {
    await server.query('REVOKE app FROM master; CREATE ROLE app_clone LOGIN');
    const refused = await failure(converge(planFor(CLONE, 'app_clone')));
    expect([refused.code, refused.sqlState]).toEqual(['DATABASE_REFUSED', '42501']);
    const grants = ['app', 'app_clone'].map((role) => `GRANT "${role}" TO "master" WITH ADMIN OPTION;`);
    expect(refused.message).toContain(grants.join(' '));
    await server.query(grants.join(''));
    await converge(planFor(CLONE, 'app_clone'));
    expect(await differences(CLONE)).toEqual([]);
  });

  it('a probe is one statement that changes nothing, seen as the application sees it', async () => {
    await server.query(
      'CREATE SCHEMA s1; CREATE TABLE s1.seen (a int); GRANT USAGE ON SCHEMA s1 TO app; GRANT ALL ON s1.seen TO app',
    );
    await using app = await server.session('app', 'Old-1');
    for (const good of ['SELECT * FROM seen', 'SELECT generate_series(1, 100000)', 'COMMIT', ' '])
      await app.probe(good);
    const refused: string[] = [];
    for (const bad of [
      'COMMIT; DROP TABLE seen',
      'INSERT INTO seen VALUES (1)',
      'SELECT pg_sleep(60)',
      'SELEKT',
    ])
      refused.push((await failure(app.probe(bad))).what);
    expect(refused).toEqual(['42601', '25006', '57014', '42601'].map((state) => `SQLSTATE ${state}.`));
    await app.probe('SELECT * FROM seen');
    await server.query('DROP SCHEMA s1 CASCADE');
  });
});

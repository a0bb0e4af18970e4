import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresMajors } from '../../local/servers/postgres.ts';
import type { Pair, Session } from '../../shared/rotation/engine.ts';
import { startTestServer, type TestServer } from '../support/postgres.ts';

const PAIR: Pair = { users: ['app', 'app_clone'], ownerRole: undefined };
const OWNED: Pair = { users: ['app', 'app_clone'], ownerRole: 'svc' };

describe.each(postgresMajors().installed)('rights of PostgreSQL %i', (major) => {
  let server: TestServer;
  let session: Session;
  beforeAll(async () => {
    server = await startTestServer({ major });
    await server.query(`CREATE ROLE watcher LOGIN PASSWORD 'Watch-1'`);
    await server.query('CREATE DATABASE other');
  });
  beforeEach(async () => {
    await server.query(`CREATE ROLE app LOGIN; CREATE ROLE app_clone LOGIN; CREATE ROLE svc; CREATE ROLE team;
      CREATE SCHEMA s; CREATE TABLE s.t (a int, b int); CREATE TABLE s.u (a int)`);
    await server.query(`GRANT app TO app_clone ${major >= 16 ? 'WITH INHERIT TRUE, SET FALSE' : ''}`);
    session = await server.session('watcher', 'Watch-1');
  });
  afterEach(async () => {
    await session[Symbol.asyncDispose]();
    const roles = 'app, app_clone, svc, team';
    await server.query(`DROP OWNED BY ${roles} CASCADE; DROP TABLE IF EXISTS far`, 'other');
    await server.query(`DROP OWNED BY ${roles} CASCADE; DROP SCHEMA s CASCADE; DROP ROLE ${roles}`);
  });
  afterAll(() => server.close());

  /** What `to` lacks of what `from` has. */
  async function lacks(to: string, from: string, pair = PAIR): Promise<string[]> {
    const wanted = await session.effectiveRights(from, pair);
    const held = await session.effectiveRights(to, pair);
    return [...wanted.difference(held)].sort();
  }
  const difference = async (pair = PAIR) => [
    await lacks('app', 'app_clone', pair),
    await lacks('app_clone', 'app', pair),
  ];
  const NONE = [[], []];

  it('a clone has what its base has, whichever is live', async () => {
    await server.query(`GRANT SELECT ON s.t TO app WITH GRANT OPTION; GRANT UPDATE (b) ON s.t TO app;
      GRANT USAGE ON SCHEMA s TO app; ALTER TABLE s.u OWNER TO app; GRANT CREATE ON DATABASE postgres TO app;
      ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO app`);
    await server.query('CREATE TABLE far (a int); GRANT SELECT ON far TO app', 'other');
    expect(await difference()).toEqual(NONE);
  });

  it('lists every kind of right, as a statement that gives it', async () => {
    await server.query(`CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE PROCEDURE s.p() LANGUAGE sql AS 'SELECT 1'; CREATE TYPE s.e AS ENUM ('x'); CREATE SEQUENCE s.q;
      CREATE VIEW s.v AS SELECT 1; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER sv FOREIGN DATA WRAPPER w;
      SELECT lo_create(4711); CREATE USER MAPPING FOR app SERVER sv; CREATE POLICY mine ON s.t TO app;
      GRANT SELECT ON s.t TO app WITH GRANT OPTION; GRANT UPDATE (b) ON s.t TO app; GRANT SELECT ON s.v TO app;
      GRANT USAGE ON SCHEMA s TO app; GRANT USAGE ON SEQUENCE s.q TO app; GRANT EXECUTE ON FUNCTION s.f TO app;
      GRANT EXECUTE ON PROCEDURE s.p TO app; GRANT USAGE ON TYPE s.e TO app; GRANT USAGE ON LANGUAGE sql TO app;
      GRANT USAGE ON FOREIGN DATA WRAPPER w TO app; GRANT USAGE ON FOREIGN SERVER sv TO app;
      GRANT SELECT ON LARGE OBJECT 4711 TO app; GRANT TEMPORARY ON DATABASE postgres TO app;
      GRANT CREATE ON TABLESPACE pg_default TO app;
      ALTER DEFAULT PRIVILEGES FOR ROLE team IN SCHEMA s GRANT SELECT ON TABLES TO app;
      ALTER ROLE app CREATEDB CONNECTION LIMIT 7 VALID UNTIL '2040-01-02 03:04:05+00';
      ALTER ROLE app SET search_path = s, "$user"; ALTER ROLE app IN DATABASE other SET work_mem = '5MB'`);
    if (major >= 15) await server.query('GRANT SET ON PARAMETER log_duration TO app');
    const lone = { users: ['app', 'nobody'], ownerRole: undefined } as const;
    const rights = [...(await session.effectiveRights('app', lone))].sort();
    expect(rights).toEqual(
      [
        `-- policy mine on s.t is for this user`,
        `ALTER DEFAULT PRIVILEGES FOR ROLE team IN SCHEMA s GRANT SELECT ON TABLES TO {user}`,
        `ALTER ROLE {user} CONNECTION LIMIT 7`,
        `ALTER ROLE {user} CREATEDB`,
        `ALTER ROLE {user} IN DATABASE "other" SET "work_mem" = '5MB'`,
        `ALTER ROLE {user} SET "search_path" = 's', '$user'`,
        `ALTER ROLE {user} VALID UNTIL '2040-01-02 03:04:05.000000+00'`,
        `CREATE USER MAPPING FOR {user} SERVER sv`,
        `GRANT CREATE ON TABLESPACE pg_default TO {user}`,
        `GRANT EXECUTE ON FUNCTION s.f(integer) TO {user}`,
        `GRANT EXECUTE ON PROCEDURE s.p() TO {user}`,
        `GRANT SELECT ON LARGE OBJECT 4711 TO {user}`,
        `GRANT SELECT ON TABLE s.t TO {user}`,
        `GRANT SELECT ON TABLE s.t TO {user} WITH GRANT OPTION`,
        `GRANT SELECT ON TABLE s.v TO {user}`,
        ...(major >= 15 ? [`GRANT SET ON PARAMETER log_duration TO {user}`] : []),
        `GRANT TEMPORARY ON DATABASE postgres TO {user}`,
        `GRANT UPDATE (b) ON TABLE s.t TO {user}`,
        `GRANT USAGE ON FOREIGN DATA WRAPPER w TO {user}`,
        `GRANT USAGE ON FOREIGN SERVER sv TO {user}`,
        `GRANT USAGE ON LANGUAGE sql TO {user}`,
        `GRANT USAGE ON SCHEMA s TO {user}`,
        `GRANT USAGE ON SEQUENCE s.q TO {user}`,
        `GRANT USAGE ON TYPE s.e TO {user}`,
      ].sort(),
    );
    // The script is SQL: it gives the same rights to another user.
    await server.query(`CREATE ROLE twin LOGIN`);
    for (const sql of rights) await server.query(sql.replaceAll('{user}', 'twin'));
    expect(await lacks('twin', 'app', lone)).toEqual(['-- policy mine on s.t is for this user']);
    await server.query(
      'DROP OWNED BY twin; DROP ROLE twin; SELECT lo_unlink(4711); DROP FOREIGN DATA WRAPPER w CASCADE',
    );
  });

  it('an object of the clone is a right that the base lacks, until it is handed over', async () => {
    await server.query(
      `CREATE TABLE s.made (id int GENERATED ALWAYS AS IDENTITY); ALTER TABLE s.made OWNER TO app_clone`,
    );
    expect(await difference()).toEqual([['ALTER TABLE s.made OWNER TO {user}'], []]);
    await server.query('REASSIGN OWNED BY app_clone TO app');
    expect(await difference()).toEqual(NONE);
  });

  it('the objects of an owner role belong to both', async () => {
    await server.query(`GRANT svc TO app, app_clone; REVOKE app FROM app_clone; ALTER TABLE s.u OWNER TO svc;
      GRANT SELECT ON s.t TO svc`);
    expect(await difference(OWNED)).toEqual(NONE);
    await server.query('GRANT INSERT ON s.t TO app; GRANT SELECT ON s.t TO app_clone');
    expect(await difference(OWNED)).toEqual([[], ['GRANT INSERT ON TABLE s.t TO {user}']]);
  });

  it('a direct grant to the clone is a right that the base lacks', async () => {
    await server.query('GRANT DELETE ON s.t TO app_clone');
    expect(await difference()).toEqual([['GRANT DELETE ON TABLE s.t TO {user}'], []]);
  });

  it('what PUBLIC has, and what a temporary table gives, is no difference', async () => {
    await server.query('GRANT SELECT ON s.t TO PUBLIC; GRANT TEMPORARY ON DATABASE postgres TO PUBLIC');
    const client = await server.connect();
    await client.query(
      'SET ROLE app_clone; CREATE TEMP TABLE mine (a int); GRANT SELECT ON mine TO app_clone',
    );
    expect(await difference()).toEqual(NONE);
    await client.end();
  });

  it('tells inheriting from SET ROLE', async () => {
    await server.query('GRANT team TO app');
    const set = major >= 16 ? ['GRANT team TO {user} WITH SET TRUE'] : [];
    expect(await difference()).toEqual([[], set]);
    await server.query('REVOKE team FROM app; GRANT team TO app_clone');
    const both =
      major >= 16
        ? ['GRANT team TO {user} WITH INHERIT TRUE', 'GRANT team TO {user} WITH SET TRUE']
        : ['GRANT team TO {user}', 'GRANT team TO {user} /* for SET ROLE */'];
    expect(await difference()).toEqual([both, []]);
    await server.query('GRANT team TO app_clone WITH ADMIN OPTION');
    expect((await lacks('app', 'app_clone')).at(-1)).toContain('TO {user} WITH');
    expect(await lacks('app', 'app_clone')).toContain('GRANT team TO {user} WITH ADMIN OPTION');
  });

  it('a NOINHERIT base gives its clone what it has itself', async () => {
    await server.query('GRANT SELECT ON s.t TO team; GRANT team TO app; ALTER ROLE app NOINHERIT');
    if (major >= 16)
      await server.query('GRANT team TO app WITH INHERIT FALSE; GRANT team TO app_clone WITH INHERIT FALSE');
    expect(await difference()).toEqual(NONE);
  });

  it('what is in other databases counts by role', async () => {
    await server.query('CREATE TABLE far (a int); ALTER TABLE far OWNER TO app_clone', 'other');
    expect(await difference()).toEqual([['-- rights of app_clone in database other'], []]);
    await server.query('ALTER TABLE far OWNER TO app', 'other');
    expect(await difference()).toEqual(NONE);
  });

  it('attributes and settings are not inherited', async () => {
    await server.query(`ALTER ROLE app BYPASSRLS CONNECTION LIMIT 3; ALTER ROLE app SET work_mem = '5MB';
      ALTER ROLE app_clone SET app.token = 'Hidden-1'`);
    expect(await lacks('app_clone', 'app')).toEqual([
      'ALTER ROLE {user} BYPASSRLS',
      'ALTER ROLE {user} CONNECTION LIMIT 3',
      `ALTER ROLE {user} SET "work_mem" = '5MB'`,
    ]);
    expect(await lacks('app', 'app_clone')).toEqual([
      expect.stringMatching(/^-- setting app\.token, value withheld \([\da-f]{12}\)$/),
      'ALTER ROLE {user} CONNECTION LIMIT -1',
    ]);
    await server.query("ALTER ROLE app SET app.token = 'Hidden-1'");
    expect(await lacks('app', 'app_clone')).toEqual(['ALTER ROLE {user} CONNECTION LIMIT -1']);
  });

  it('a name cannot break out of the script', async () => {
    await server.query(`CREATE TABLE s."x{user}; DROP TABLE s.t; --" (a int); CREATE TABLE s."a\nb" (a int);
      GRANT SELECT ON ALL TABLES IN SCHEMA s TO app_clone`);
    const statements = await lacks('app', 'app_clone');
    const odd = statements.filter((sql) => !/^GRANT SELECT ON TABLE s\.[tu] TO \{user\}$/.test(sql));
    expect(odd).toHaveLength(2);
    for (const sql of odd) {
      expect(sql).toMatch(/^-- "GRANT SELECT ON TABLE/);
      expect(sql).not.toMatch(/\{user\}|\n/);
    }
  });

  it('reads thousands of rights at once', async () => {
    await server.query(`DO $$ BEGIN FOR i IN 1..2000 LOOP
      EXECUTE format('CREATE TABLE s.t%s (a int); GRANT SELECT, INSERT ON s.t%s TO app', i, i); END LOOP; END $$`);
    const began = performance.now();
    const rights = await session.effectiveRights('app_clone', PAIR);
    expect(rights.size).toBeGreaterThan(4000);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

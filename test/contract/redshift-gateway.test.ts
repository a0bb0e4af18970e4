/** The stand-in for Redshift, by AWS's own driver and by PostgreSQL's. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installFromPypi, type PythonPackage, pythonWith } from '../../local/pypi.ts';
import { redshiftMissing } from '../../local/redshift/gateway.ts';
import { type RedshiftTestServer, startRedshiftTestServer } from '../support/redshift.ts';

const DRIVER: PythonPackage = { name: 'redshift_connector', version: '2.1.15' };

/** Without TLS: the driver trusts nothing but the authorities that it brings along. */
const LOG_IN = `
import json, sys
import redshift_connector
try:
    connection = redshift_connector.connect(ssl=False, database="dev", **json.loads(sys.argv[1]))
    cursor = connection.cursor()
    cursor.execute("SELECT current_database()")
    print("accepted", cursor.fetchone()[0])
except redshift_connector.Error as error:
    print("refused", error.args[0]["C"])
`;

const noGateway = redshiftMissing();
if (noGateway !== undefined) it.skip(`the gateway: ${noGateway}`);
const noDriver = noGateway ?? (await installFromPypi(DRIVER));
if (noDriver !== undefined) console.log(`Skipped: AWS's driver at the gateway. ${noDriver}`);

describe.skipIf(noGateway !== undefined)('the gateway', () => {
  let server: RedshiftTestServer;
  beforeAll(async () => {
    server = await startRedshiftTestServer();
    await server.query("CREATE USER by_md5 PASSWORD 'Right-123'");
    await server.query("CREATE USER by_sha PASSWORD 'sha256|Right-123'");
  });
  afterAll(() => server.close());
  const asked = (sql: string) => server.queryAs('by_md5', 'Right-123', sql);

  describe.skipIf(noDriver !== undefined)('and AWS’s driver', () => {
    it.each([
      ['by_md5', 'Right-123', 'accepted dev'],
      ['by_sha', 'Right-123', 'accepted dev'],
      ['by_md5', 'wrong', 'refused 28000'],
      ['by_sha', 'wrong', 'refused 28000'],
      ['nobody', 'Right-123', 'refused 28000'],
    ])('%s with %s: %s', async (user, password, outcome) => {
      const { host, port } = server;
      const options = JSON.stringify({ host, port, user, password });
      const { stdout } = await promisify(execFile)(pythonWith(DRIVER), ['-c', LOG_IN, options]);
      expect(stdout.trim()).toBe(outcome);
    });
  });

  it('says what Redshift says of itself', async () => {
    const { host, port, ca, superuser } = server;
    const client = new Client({
      ...{ host, port, user: superuser.username, password: superuser.password, database: 'dev' },
      ssl: { ca },
    });
    const told = new Map<string, string>();
    const { connection } = client as unknown as {
      connection: NodeJS.EventEmitter;
    };
    connection.on('parameterStatus', ({ parameterName, parameterValue }) =>
      told.set(parameterName, parameterValue),
    );
    await client.connect();
    const { rows } = await client.query<{ version: string }>('SELECT version()');
    await client.end();
    expect(told.get('server_version')).toBe('8.0.2');
    expect(rows[0]?.version).toMatch(/^PostgreSQL 8\.0\.2 .*Redshift 1\.0/);
  });

  it.each([
    'DO $$ BEGIN END $$',
    "SELECT format('%I', 'a')",
    'SELECT pg_try_advisory_lock(1)',
    "SELECT set_byte('a', 0, 1)",
    "SELECT string_agg(usename, ',') FROM pg_user",
    'SELECT rolname FROM pg_roles',
    'SELECT rolpassword FROM pg_authid',
    'SELECT line FROM redshift.pg_user',
    'SELECT pid FROM pg_stat_activity',
    "ALTER USER by_md5 SET redshift.credential TO 'md5'",
    "SELECT 'a'::regclass",
    'SELECT usename FROM pg_user FOR UPDATE',
    'SELECT a FROM pg_user LATERAL',
    'SET lock_timeout TO 1',
    'SET LOCAL statement_timeout = 1',
    'SET ROLE g',
    'SET SESSION AUTHORIZATION postgres',
    'SAVEPOINT a',
    'RELEASE a',
    'COMMENT ON ROLE by_sha IS NULL',
    'CREATE ROLE a LOGIN',
    "ALTER ROLE by_md5 PASSWORD 'Right-1234'",
    "ALTER ROLE by_md5 SET search_path = ''",
    'ALTER USER by_md5 REPLICATION',
    'GRANT a TO by_md5',
    'GRANT SELECT ON TABLE t TO by_md5 GRANTED BY awsuser',
    'COPY t FROM STDIN',
    'SELECT 1; SELECT 2',
    'EXPLAIN SELECT 1',
  ])('takes no %s', async (sql) => {
    await expect(server.query(sql)).rejects.toMatchObject({
      code: expect.stringMatching(/^42(601|883|P01)$/),
    });
  });

  it.each([
    ['Short-1', /at least 8/],
    [`Aa1${'-'.repeat(62)}`, /at most 64/],
    ['lower-case-1', /uppercase/],
    ['UPPER-CASE-1', /lowercase/],
    ['No-number', /number/],
    ['Space in-1', /must not contain/],
    ['At@sign-1', /must not contain/],
    ['sha256|short', /at least 8/],
  ])('takes no password %s', async (password, message) => {
    await expect(asked(`ALTER USER by_md5 PASSWORD '${password}'`)).rejects.toThrow(message);
  });

  it('lets a user change its own password, and no more of it', async () => {
    await server.query("CREATE USER own PASSWORD 'Right-123'");
    const own = (password: string, sql: string) => server.queryAs('own', password, sql);
    await expect(own('Right-123', "ALTER USER by_md5 PASSWORD 'Right-456'")).rejects.toMatchObject({
      code: '42501',
    });
    for (const more of [" VALID UNTIL 'infinity'", ' CREATEUSER'])
      await expect(own('Right-123', `ALTER USER own PASSWORD 'Right-456'${more}`)).rejects.toThrow();
    await own('Right-123', "ALTER USER own PASSWORD 'Right-456'");
    await expect(own('Right-123', 'SELECT version()')).rejects.toMatchObject({ code: '28000' });
    expect(await own('Right-456', 'SELECT version()')).toHaveLength(1);
  });

  it('shows others’ rights to superusers only', async () => {
    await server.query('CREATE TABLE public.t (id int)');
    for (const user of ['by_md5', 'by_sha']) await server.query(`GRANT SELECT ON TABLE public.t TO ${user}`);
    const LIST = 'SELECT identity_name FROM svv_relation_privileges';
    expect(await server.query(LIST)).toHaveLength(2);
    expect(await asked(LIST)).toEqual([{ identity_name: 'by_md5' }]);
    await expect(asked('SELECT id FROM redshift.pg_authid')).rejects.toThrow();
  });

  it('shows nobody what it keeps of a password', async () => {
    expect(JSON.stringify(await server.query('SELECT usename, passwd, useconfig FROM pg_user'))).not.toMatch(
      /md5[\da-f]|sha256/,
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mysqlServers } from '../../local/servers/mysql.ts';
import { summary } from '../support/login.ts';
import { type MysqlTestServer, startMysqlTestServer } from '../support/mysql.ts';

const { installed, missing, external } = await mysqlServers();
for (const { kind, reason } of missing) it.skip(`${kind}: ${reason}`);

const USERS = [
  "CREATE USER app@'%' IDENTIFIED BY 'Right-1'",
  "CREATE USER locked@'%' IDENTIFIED BY 'Right-1' ACCOUNT LOCK",
  "CREATE USER expired@'%' IDENTIFIED BY 'Right-1' PASSWORD EXPIRE",
  "CREATE USER busy@'%' IDENTIFIED BY 'Right-1' WITH MAX_CONNECTIONS_PER_HOUR 1",
  "CREATE USER elsewhere@'192.0.2.1' IDENTIFIED BY 'Right-1'",
  "CREATE USER `at@sign`@'%' IDENTIFIED BY 'Right-1'",
  "CREATE USER tls_only@'%' IDENTIFIED BY 'Right-1' REQUIRE SSL",
  'CREATE DATABASE private',
];

const OUTCOMES: readonly (readonly [what: string, user: string, password: string, outcome: string])[] = [
  ['the right password', 'app', 'Right-1', 'accepted'],
  ['the right password once more', 'app', 'Right-1', 'accepted'],
  ['an at sign in the name', 'at@sign', 'Right-1', 'accepted'],
  ['a user that must come by TLS', 'tls_only', 'Right-1', 'accepted'],
  ['a wrong password', 'app', 'wrong', 'rejected CREDENTIALS_REJECTED'],
  ['a user that does not exist', 'nobody', 'Right-1', 'rejected CREDENTIALS_REJECTED'],
  ['a user of another host', 'elsewhere', 'Right-1', 'rejected CREDENTIALS_REJECTED'],
  ['a locked account', 'locked', 'Right-1', 'accepted LOGIN_REFUSED'],
  ['a locked account with a wrong password', 'locked', 'wrong', 'rejected CREDENTIALS_REJECTED'],
  ['an expired password', 'expired', 'Right-1', 'accepted LOGIN_REFUSED'],
  ['an expired password that is wrong', 'expired', 'wrong', 'rejected CREDENTIALS_REJECTED'],
  ['an empty password', 'app', '', 'unknown SECRET_INVALID'],
  ['a zero character in the user name', 'app\0x', 'Right-1', 'unknown SECRET_INVALID'],
];

describe.each(installed)('login to %s', (kind) => {
  let server: MysqlTestServer;
  beforeAll(async () => {
    server = await startMysqlTestServer(kind, { settings: { 'sql-mode': 'ANSI_QUOTES' } });
    for (const statement of USERS) {
      const account = /^CREATE USER (\S+)/.exec(statement)?.[1];
      await server.query(
        account === undefined ? 'DROP DATABASE IF EXISTS private' : `DROP USER IF EXISTS ${account}`,
      );
      await server.query(statement);
    }
  });
  afterAll(() => server.close());

  it.each(OUTCOMES)('tells %s', async (_what, user, password, outcome) => {
    expect(await summary(server.login(user, password))).toBe(outcome);
  });

  it('tells the account that the server chose, and its product', async () => {
    await using session = await server.session('at@sign', 'Right-1');
    expect(await session.whoAmI()).toBe('at@sign');
    expect(session.server).toBe(
      `${kind.startsWith('mysql') ? 'MySQL' : 'MariaDB'} ${server.version.match(/^[\d.]+/)?.[0]}`,
    );
    expect(await session.isWriter()).toBe(true);
  });

  if (!kind.startsWith('mysql'))
    it.skipIf(external)(
      'knows MariaDB, whatever version it calls itself (on a server started here)',
      async () => {
        await using disguised = await startMysqlTestServer(kind, { settings: { version: '8.0.99-log' } });
        await disguised.query("CREATE USER app@'%' IDENTIFIED BY 'Right-1'");
        await using session = await disguised.session('app', 'Right-1');
        expect([session.server, session.passwordForm]).toEqual(['MariaDB 8.0.99', 'hash']);
      },
    );

  it('tells a database that does not exist, or may not be used, from a wrong password', async () => {
    for (const database of ['nowhere', 'private'])
      expect(await summary(server.login('app', 'Right-1', { database }))).toBe('accepted LOGIN_REFUSED');
    expect(await summary(server.login('app', 'wrong', { database: 'private' }))).toBe(
      'rejected CREDENTIALS_REJECTED',
    );
  });

  it('tells a used-up limit from a wrong password', async () => {
    expect(await summary(server.login('busy', 'Right-1'))).toBe('accepted');
    expect(await summary(server.login('busy', 'Right-1'))).toBe('accepted LOGIN_REFUSED');
  });

  it('tells a user that is blocked after wrong passwords, whatever its password', async () => {
    const isMysql = kind.startsWith('mysql');
    const limits = isMysql ? 'FAILED_LOGIN_ATTEMPTS 2 PASSWORD_LOCK_TIME 1' : '';
    await server.query("DROP USER IF EXISTS blocked@'%'");
    await server.query(`CREATE USER blocked@'%' IDENTIFIED BY 'Right-1' ${limits}`);
    if (!isMysql) await server.query('SET GLOBAL max_password_errors = 2');
    await summary(server.login('blocked', 'wrong'));
    await summary(server.login('blocked', 'wrong'));
    const login = await server.login('blocked', 'Right-1');
    if (!isMysql) await server.query('SET GLOBAL max_password_errors = DEFAULT');
    expect(await summary(Promise.resolve(login))).toBe('unknown DATABASE_CONFIGURATION');
    expect(login).toMatchObject({ problem: { what: expect.stringContaining('blocks blocked after') } });
  });

  it('sends nothing to a server that it cannot verify', async () => {
    expect(await summary(server.untrusting.login('app', 'Right-1'))).toBe('unknown TLS_NOT_VERIFIED');
  });

  it('goes without TLS only where that is allowed, and then never hands out the password', async () => {
    const plain = () => summary(server.login('app', 'Right-1', { plaintext: true }));
    // MySQL's cache knows the password by now; MariaDB never needs it.
    expect(await plain()).toBe('accepted');
    await server.query('FLUSH PRIVILEGES');
    expect(await plain()).toBe(kind.startsWith('mysql') ? 'unknown DATABASE_CONFIGURATION' : 'accepted');
  });

  it('knows a replica', async () => {
    await server.query('SET GLOBAL read_only = ON');
    try {
      await using session = await server.session('app', 'Right-1');
      expect(await session.isWriter()).toBe(false);
    } finally {
      await server.query('SET GLOBAL read_only = OFF');
    }
  });

  it('runs one probe, read-only, and says no more than its number', async () => {
    await server.query("GRANT SELECT, INSERT ON private.* TO app@'%'");
    await server.query('CREATE TABLE IF NOT EXISTS private.t (id int)');
    await using session = await server.session('app', 'Right-1');
    await session.probe('SELECT count(*) FROM private.t');
    for (const [sql, number] of [
      ['INSERT INTO private.t VALUES (1)', 1792],
      ['SELECT 1; SELECT 2', 1064],
      ["SELECT 'a secret' FROM private.nowhere", 1146],
    ] as const)
      await expect(session.probe(sql)).rejects.toMatchObject({
        code: 'PROBE_FAILED',
        what: `Error ${number}.`,
      });
  });
});

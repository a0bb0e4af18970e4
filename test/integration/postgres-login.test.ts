import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { postgresMajors } from '../../local/servers/postgres.ts';
import { type Login, summary } from '../support/login.ts';
import { startTestServer, type TestServer } from '../support/postgres.ts';

const USERS = `
  CREATE ROLE app LOGIN PASSWORD 'Right-1';
  CREATE ROLE nologin NOLOGIN PASSWORD 'Right-1';
  CREATE ROLE expired LOGIN PASSWORD 'Right-1' VALID UNTIL '2001-01-01';
  CREATE ROLE full LOGIN PASSWORD 'Right-1' CONNECTION LIMIT 0;
  CREATE ROLE nopassword LOGIN;
  CREATE ROLE via_trust LOGIN;
  CREATE ROLE via_clear LOGIN PASSWORD 'Right-1';
  CREATE ROLE via_reject LOGIN PASSWORD 'Right-1';
  CREATE ROLE tls_only LOGIN PASSWORD 'Right-1';
  CREATE ROLE unlisted LOGIN PASSWORD 'Right-1';
  CREATE SCHEMA evil;
  CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE sql AS 'SELECT ''on''::text';
  GRANT ALL ON SCHEMA evil TO PUBLIC;
  CREATE ROLE odd LOGIN PASSWORD 'Right-1';
  ALTER ROLE odd SET search_path = evil, pg_catalog;
  ALTER ROLE odd SET default_transaction_read_only = on;
  ALTER ROLE odd SET role = 'app';
  ALTER ROLE odd SET client_encoding = 'LATIN1';
  GRANT app TO odd;
  SET password_encryption = 'md5';
  CREATE ROLE via_md5 LOGIN PASSWORD 'Right-1';
  CREATE ROLE via_scram LOGIN PASSWORD 'Right-1';
  SET password_encryption = 'scram-sha-256';
  CREATE ROLE modern LOGIN PASSWORD 'Right-1';`;

const HBA = [
  'hostssl all via_trust 127.0.0.1/32 trust',
  'hostssl all via_clear 127.0.0.1/32 password',
  'hostssl all via_scram 127.0.0.1/32 scram-sha-256',
  'host all via_reject 127.0.0.1/32 reject',
  'host other unlisted 127.0.0.1/32 md5',
  'host postgres unlisted 127.0.0.1/32 reject',
  'hostnossl all tls_only 127.0.0.1/32 reject',
];

const OUTCOMES: readonly (readonly [what: string, user: string, password: string, outcome: string])[] = [
  ['the right password', 'app', 'Right-1', 'accepted'],
  ['a wrong password', 'app', 'wrong', 'rejected CREDENTIALS_REJECTED 28P01'],
  ['a wrong password by md5', 'via_md5', 'wrong', 'rejected CREDENTIALS_REJECTED 28P01'],
  ['a user that does not exist', 'nobody', 'Right-1', 'rejected CREDENTIALS_REJECTED 28P01'],
  ['an expired password', 'expired', 'Right-1', 'rejected CREDENTIALS_REJECTED 28P01'],
  ['a user without a password', 'nopassword', 'Right-1', 'rejected CREDENTIALS_REJECTED 28P01'],
  ['an md5 user where only SCRAM may', 'via_scram', 'Right-1', 'rejected CREDENTIALS_REJECTED 28P01'],
  ['NOLOGIN', 'nologin', 'Right-1', 'accepted LOGIN_REFUSED 28000'],
  ['NOLOGIN with a wrong password', 'nologin', 'wrong', 'rejected CREDENTIALS_REJECTED 28P01'],
  ["the role's connection limit", 'full', 'Right-1', 'accepted LOGIN_REFUSED 53300'],
  ['no password asked for', 'via_trust', 'anything', 'unknown DATABASE_CONFIGURATION'],
  ['the password asked for in clear', 'via_clear', 'Right-1', 'unknown DATABASE_CONFIGURATION'],
  ['pg_hba.conf rejects', 'via_reject', 'Right-1', 'unknown DATABASE_CONFIGURATION 28000'],
  ['an empty password', 'app', '', 'unknown SECRET_INVALID'],
  ['a zero character in the user name', 'app\0options\0-c work_mem=1', 'Right-1', 'unknown SECRET_INVALID'],
];

describe.each(postgresMajors().installed)('login to PostgreSQL %i', (major) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ major, hba: HBA, settings: { max_connections: '12' } });
    await server.query(USERS);
    await server.query('CREATE DATABASE private');
    await server.query('REVOKE CONNECT ON DATABASE private FROM PUBLIC');
    await server.query('CREATE DATABASE closed ALLOW_CONNECTIONS false');
  });
  afterAll(() => server.close());

  it.each(OUTCOMES)('%s', async (_what, user, password, outcome) => {
    expect(await summary(server.login(user, password))).toBe(outcome);
  });

  it.each([
    ['missing', 'accepted LOGIN_REFUSED 3D000'],
    ['private', 'accepted LOGIN_REFUSED 42501'],
    ['closed', 'accepted LOGIN_REFUSED 55000'],
  ])('the database %s', async (database, outcome) => {
    expect(await summary(server.login('app', 'Right-1', { database }))).toBe(outcome);
    expect(await summary(server.login('app', 'wrong', { database }))).toBe(
      'rejected CREDENTIALS_REJECTED 28P01',
    );
  });

  it('reports the version, the form and the user', async () => {
    await using md5 = await server.session('via_md5', 'Right-1');
    await using scram = await server.session('modern', 'Right-1');
    expect(md5.server).toBe(`PostgreSQL ${server.version}`);
    expect([md5.passwordForm, scram.passwordForm]).toEqual(['md5', 'scram-sha-256']);
    expect([await md5.whoAmI(), await scram.isWriter()]).toEqual(['via_md5', true]);
  });

  it("is not misled by the role's own settings", async () => {
    await using session = await server.session('odd', 'Right-1');
    expect([await session.whoAmI(), await session.isWriter()]).toEqual(['odd', true]);
  });

  it('is not misled by the environment', async () => {
    const misleading = {
      PGPASSWORD: 'Right-1',
      PGOPTIONS: '-c nonsense=1',
      PGSSLMODE: 'disable',
      PGSSLNEGOTIATION: 'nonsense',
      PGREPLICATION: 'database',
      PGAPPNAME: 'other',
      PGCLIENTENCODING: 'SQL_ASCII',
      PGHOST: '127.0.0.2',
      PGPORT: '1',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    };
    for (const [name, value] of Object.entries(misleading)) vi.stubEnv(name, value);
    try {
      expect(await summary(server.login('app', 'Right-1'))).toBe('accepted');
      expect(await summary(server.login('app', ''))).toBe('unknown SECRET_INVALID');
      expect(await summary(server.untrusting.login('app', 'Right-1'))).toBe('unknown TLS_NOT_VERIFIED');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('verifies the certificate and the host name, unless plaintext is allowed', async () => {
    expect(await summary(server.untrusting.login('app', 'Right-1'))).toBe('unknown TLS_NOT_VERIFIED');
    expect(await summary(server.login('app', 'Right-1', { host: '127.0.0.2' }))).toBe(
      'unknown DATABASE_UNREACHABLE',
    );
    expect(await summary(server.login('app', 'Right-1', { host: 'localhost' }))).toBe('accepted');
    expect(await summary(server.named('db.example.com').login('app', 'Right-1'))).toBe(
      'unknown TLS_NOT_VERIFIED',
    );
    expect(await summary(server.named('localhost').login('app', 'Right-1'))).toBe('accepted');
    expect(await summary(server.login('app', 'Right-1', { plaintext: true }))).toBe('accepted');
    expect(await summary(server.login('tls_only', 'Right-1', { plaintext: true }))).toBe(
      'unknown DATABASE_CONFIGURATION 28000',
    );
  });

  it('tells a full server from a wrong password', async () => {
    const held: Login[] = [];
    const fill = async (user: string, password: string): Promise<string> => {
      for (;;) {
        const login = await server.login(user, password);
        if (login.outcome !== 'accepted' || login.session === undefined)
          return summary(Promise.resolve(login));
        held.push(login);
      }
    };
    try {
      // The last three connections are the superuser's.
      expect(await fill('app', 'Right-1')).toBe('accepted LOGIN_REFUSED 53300');
      expect(await summary(server.login('app', 'wrong'))).toBe('rejected CREDENTIALS_REJECTED 28P01');
      expect(await fill('postgres', server.superuser.password)).toBe('unknown DATABASE_UNREACHABLE 53300');
    } finally {
      for (const login of held)
        if (login.outcome === 'accepted') await login.session?.[Symbol.asyncDispose]();
    }
  });

  it('sees nothing of the password in what it reports', async () => {
    const secret = 'Secret-in-no-message';
    for (const [, user] of OUTCOMES) {
      const login = await server.login(user, secret);
      expect(JSON.stringify(login) + String('problem' in login && login.problem)).not.toContain(secret);
    }
    expect(server.log()).not.toContain(secret);
  });
});

describe.each(postgresMajors().installed)('TLS and PostgreSQL %i', (major) => {
  it('does not log in where no TLS is offered', async () => {
    await using server = await startTestServer({ major, settings: { ssl: 'off' } });
    await server.query("CREATE ROLE app LOGIN PASSWORD 'Right-1'");
    expect(await summary(server.login('app', 'Right-1'))).toBe('unknown TLS_NOT_VERIFIED');
    expect(await summary(server.login('app', 'Right-1', { plaintext: true }))).toBe('accepted');
    await server.close();
    expect(await summary(server.login('app', 'Right-1'))).toBe('unknown DATABASE_UNREACHABLE');
  });

  it('knows a replica', async () => {
    await using server = await startTestServer({ major, replica: true });
    await using session = await server.session('postgres', server.superuser.password);
    expect(await session.isWriter()).toBe(false);
  });
});

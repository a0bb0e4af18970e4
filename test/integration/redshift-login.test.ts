/** Logins at the gateway, which stands in for Redshift. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redshiftMissing } from '../../local/redshift/gateway.ts';
import { summary } from '../support/login.ts';
import { type RedshiftTestServer, startRedshiftTestServer } from '../support/redshift.ts';

const missing = redshiftMissing();
if (missing !== undefined) it.skip(`login to Redshift: ${missing}`);

const USERS = [
  "CREATE USER by_md5 PASSWORD 'Right-123'",
  "CREATE USER by_sha PASSWORD 'sha256|Right-123'",
  'CREATE USER "Odd ""name" PASSWORD \'Right-123\'',
  "CREATE USER ended PASSWORD 'Right-123' VALID UNTIL '2020-01-01 00:00'",
  "CREATE USER lasting PASSWORD 'Right-123' VALID UNTIL '2999-01-01 00:00'",
  'CREATE USER of_iam PASSWORD DISABLE',
  "CREATE USER busy PASSWORD 'sha256|Right-123' CONNECTION LIMIT 1",
];

const REJECTED = 'rejected CREDENTIALS_REJECTED 28000';

const OUTCOMES: readonly (readonly [what: string, user: string, password: string, outcome: string])[] = [
  ['md5', 'by_md5', 'Right-123', 'accepted'],
  ['SHA-256', 'by_sha', 'Right-123', 'accepted'],
  ['a name in quotes', 'Odd "name', 'Right-123', 'accepted'],
  ['a password that still holds', 'lasting', 'Right-123', 'accepted'],
  ['a wrong password by md5', 'by_md5', 'wrong', REJECTED],
  ['a wrong password by SHA-256', 'by_sha', 'wrong', REJECTED],
  ['a user that does not exist', 'nobody', 'Right-123', REJECTED],
  ['a password that has ended', 'ended', 'Right-123', REJECTED],
  ['a user without a password', 'of_iam', 'Right-123', REJECTED],
  ['an empty password', 'by_sha', '', 'unknown SECRET_INVALID'],
  ['a user of IAM', 'IAM:somebody', 'Right-123', 'unknown SECRET_INVALID'],
];

describe.skipIf(missing !== undefined)('login to Redshift', () => {
  let server: RedshiftTestServer;
  beforeAll(async () => {
    server = await startRedshiftTestServer();
    for (const statement of USERS) await server.query(statement);
  });
  afterAll(() => server.close());

  it.each(OUTCOMES)('tells %s', async (_what, user, password, outcome) => {
    expect(await summary(server.login(user, password))).toBe(outcome);
  });

  it.each([
    ['by_md5', 'md5'],
    ['by_sha', 'sha256'],
  ])('knows how %s logs in, as whom, and to what', async (user, form) => {
    await using session = await server.session(user, 'Right-123');
    expect([session.passwordForm, await session.whoAmI(), session.server]).toEqual([
      form,
      user,
      'Redshift 1.0.0',
    ]);
    expect(await session.isWriter()).toBe(true);
    expect((await session.dualPassword()).unsupportedBecause).toContain('alternating-users');
  });

  it('tells a database that does not exist from a wrong password', async () => {
    const database = 'nowhere';
    expect(await summary(server.login('by_sha', 'Right-123', { database }))).toBe(
      'accepted LOGIN_REFUSED 3D000',
    );
    expect(await summary(server.login('by_sha', 'wrong', { database }))).toBe(REJECTED);
  });

  it('sends nothing to a server that it cannot verify', async () => {
    const before = server.log();
    expect(await summary(server.untrusting.login('by_sha', 'Right-123'))).toBe('unknown TLS_NOT_VERIFIED');
    expect(server.log()).toBe(before);
  });

  it('runs one probe, read-only, and says no more than its SQLSTATE', async () => {
    await server.query('CREATE TABLE public.t (id int)');
    for (const right of ['SELECT', 'INSERT'])
      await server.query(`GRANT ${right} ON TABLE public.t TO by_sha`);
    await using session = await server.session('by_sha', 'Right-123');
    await session.probe('SELECT count(*) FROM t');
    for (const [sql, sqlState] of [
      ['INSERT INTO t VALUES (1)', '25006'],
      ["SELECT 'a secret' FROM nowhere", '42P01'],
      ['SELECT 1; SELECT 2', '42601'],
    ] as const)
      await expect(session.probe(sql)).rejects.toMatchObject({
        code: 'PROBE_FAILED',
        what: `SQLSTATE ${sqlState}.`,
      });
  });
});

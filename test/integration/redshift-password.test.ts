/** Passwords that the engine sets at the gateway, which stands in for Redshift. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redshiftMissing } from '../../local/redshift/gateway.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import type { NewPassword, Session } from '../../shared/rotation/engine.ts';
import { leaksOf } from '../support/leaks.ts';
import { summary } from '../support/login.ts';
import { openGuard } from '../support/postgres.ts';
import { type RedshiftTestServer, startRedshiftTestServer } from '../support/redshift.ts';

const missing = redshiftMissing();
if (missing !== undefined) it.skip(`passwords of Redshift: ${missing}`);

let made = 0;
const change = (session: Session, username: string, more: Partial<NewPassword> = {}): NewPassword => ({
  username,
  password: new Redacted(`New-${(made++).toString().padStart(4, '0')}~{$}|x`),
  form: session.passwordForm,
  liveForm: session.passwordForm,
  ...more,
});

describe.skipIf(missing !== undefined)('passwords of Redshift', () => {
  let server: RedshiftTestServer;
  let count = 0;
  beforeAll(async () => {
    server = await startRedshiftTestServer();
    await server.query("CREATE USER dba PASSWORD 'Right-123' CREATEUSER");
  });
  afterAll(() => server.close());

  async function user(method: 'md5' | 'sha256' = 'sha256'): Promise<string> {
    const name = `u${count++}`;
    const prefix = method === 'sha256' ? 'sha256|' : '';
    await server.query(`CREATE USER ${name} PASSWORD '${prefix}Right-123'`);
    return name;
  }
  const outcome = (name: string, password: Redacted) => summary(server.login(name, password.reveal()));
  /** What the server was sent of the last change. */
  const sent = () =>
    server
      .log()
      .match(/ALTER USER .* PASSWORD .*/g)
      ?.at(-1) ?? '';

  it.each([
    ['md5', undefined, 'md5', /^ALTER USER "u\d+" PASSWORD 'md5[\da-f]{32}'$/],
    ['sha256', undefined, 'sha256', /^ALTER USER "u\d+" PASSWORD 'sha256\|[\da-f]{64}\|[\da-f]{64}'$/],
    ['md5', 'sha256', 'sha256', /^ALTER USER "u\d+" PASSWORD 'sha256\|[\da-f]{64}\|[\da-f]{64}'$/],
    ['md5', 'plain', 'md5', /^ALTER USER "u\d+" PASSWORD 'New-/],
    ['sha256', 'plain', 'sha256', /^ALTER USER "u\d+" PASSWORD 'sha256\|New-/],
  ] as const)('of %s, sent as %s, is then proved by %s', async (method, form, then, statement) => {
    const name = await user(method);
    await using session = await server.session(name, 'Right-123');
    const to = change(session, name, form && { form });
    const guard = openGuard();
    await session.changePassword(to, guard);
    expect(guard.fences()).toBe(1);
    expect(sent()).toMatch(statement);
    expect(await summary(server.login(name, 'Right-123'))).toBe('rejected CREDENTIALS_REJECTED 28000');
    await using next = await server.session(name, to.password.reveal());
    expect(next.passwordForm).toBe(then);
    if (form !== 'plain') expect(leaksOf(to.password.reveal(), server.log())).toEqual([]);
  });

  it('is never made weaker', async () => {
    const name = await user('sha256');
    await using session = await server.session(name, 'Right-123');
    const guard = openGuard();
    await expect(session.changePassword(change(session, name, { form: 'md5' }), guard)).rejects.toMatchObject(
      { code: 'SECRET_INVALID', field: 'rotation.password.send' },
    );
    expect(guard.fences()).toBe(0);
  });

  it.each([
    'Sh0rt-1',
    'no-digit-At-all',
    "quote's-are-1A",
    'md5Looks-like-1',
    'sha256|Looks-1',
    'back\\slash-1A',
    'x',
  ])('is not sent plain when it is %j, or what Redshift would not take for one', async (password) => {
    const name = await user();
    await using session = await server.session(name, 'Right-123');
    const to = change(session, name, { password: new Redacted(password), form: 'plain' });
    const changed = session.changePassword(to, openGuard());
    await expect(changed).rejects.toMatchObject({ code: 'SECRET_INVALID', field: 'password' });
  });

  it('is not sent at all when it would break out of the statement', async () => {
    const name = await user();
    await using session = await server.session(name, 'Right-123');
    for (const password of ["Aa1-'; DROP USER dba", 'Aa1-\n-long-enough', 'Aa1-ünicode'])
      await expect(
        session.changePassword(change(session, name, { password: new Redacted(password) }), openGuard()),
      ).rejects.toMatchObject({ code: 'SECRET_INVALID' });
  });

  it('stays when the fence is lost', async () => {
    const name = await user();
    await using session = await server.session(name, 'Right-123');
    const guard = { ...openGuard(), fence: () => Promise.reject(new Error('lost')) };
    await expect(session.changePassword(change(session, name), guard)).rejects.toThrow('lost');
    expect(await summary(server.login(name, 'Right-123'))).toBe('accepted');
  });

  it('of another user is set by a superuser, with its end in the same statement', async () => {
    const name = await user();
    await using dba = await server.session('dba', 'Right-123');
    const until = new Date('2999-12-31T23:59:58.999Z');
    const to = change(dba, name, { form: 'sha256', liveForm: 'sha256', validUntil: until });
    await dba.changePassword(to, openGuard());
    expect(sent()).toMatch(/' VALID UNTIL '2999-12-31 23:59:58'$/);
    expect(await outcome(name, to.password)).toBe('accepted');
    await dba.changePassword({ ...to, validUntil: new Date(0) }, openGuard());
    expect(await outcome(name, to.password)).toBe('rejected CREDENTIALS_REJECTED 28000');
  });

  it('of another user is not set by a user, and the refusal says who may', async () => {
    const [name, other] = [await user(), await user()];
    await using session = await server.session(name, 'Right-123');
    for (const to of [change(session, other), change(session, name, { validUntil: new Date() })])
      await expect(session.changePassword(to, openGuard())).rejects.toMatchObject({
        code: 'DATABASE_REFUSED',
        sqlState: '42501',
        what: expect.stringContaining(`ALTER USER "${name}" CREATEUSER`),
      });
  });

  it('that waits for somebody else is given up by the server, and lands no more', async () => {
    const name = await user();
    await using session = await server.session(name, 'Right-123');
    const release = await server.hold(`ALTER ROLE ${name} SET redshift.credential = 'of somebody else'`);
    const to = change(session, name);
    await expect(session.changePassword(to, openGuard(500))).rejects.toMatchObject({ code: 'DATABASE_BUSY' });
    await release();
    expect(await summary(server.login(name, 'Right-123'))).toBe('accepted');
    expect(await outcome(name, to.password)).toBe('rejected CREDENTIALS_REJECTED 28000');
  });
});

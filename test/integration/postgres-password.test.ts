import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresMajors } from '../../local/servers/postgres.ts';
import { KeyturnError } from '../../shared/core/errors.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import type { NewPassword } from '../../shared/rotation/engine.ts';
import { failure } from '../support/failure.ts';
import { summary } from '../support/login.ts';
import { openGuard, startTestServer, type TestServer } from '../support/postgres.ts';

const OLD = 'Old-password-1';
const NEW = 'New-password-1';

const change = (
  username: string,
  password = NEW,
  form = 'scram-sha-256',
  liveForm = form === 'plain' ? 'scram-sha-256' : form,
): NewPassword => ({ username, password: new Redacted(password), form, liveForm });

describe.each(postgresMajors().installed)('passwords of PostgreSQL %i', (major) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({
      major,
      settings: {
        log_statement: 'all',
        shared_preload_libraries: 'passwordcheck',
        log_lock_waits: 'on',
        deadlock_timeout: '100ms',
      },
    });
    await server.query(`CREATE ROLE app LOGIN; CREATE ROLE other LOGIN;
      CREATE ROLE "od'd ""n\\ame" LOGIN; CREATE ROLE master LOGIN CREATEROLE; CREATE ROLE plainuser LOGIN`);
  });
  beforeEach(async () => {
    const roles = ['app', 'other', `"od'd ""n\\ame"`, 'master', 'plainuser'];
    for (const role of roles) await server.query(`ALTER ROLE ${role} PASSWORD '${OLD}'`);
    await server.query('ALTER ROLE app RESET ALL');
  });
  afterAll(() => server.close());

  const works = async (username: string, password: string) => summary(server.login(username, password));

  it.each(['scram-sha-256', 'md5', 'plain'])(
    'changes its own as %s, after asking the fence',
    async (form) => {
      await using session = await server.session('app', OLD);
      const guard = openGuard();
      await session.changePassword(change('app', NEW, form), guard);
      await session.changePassword(change('app', NEW, form), guard);
      expect(guard.fences()).toBe(2);
      expect(await works('app', NEW)).toBe('accepted');
      expect(await works('app', OLD)).toMatch('rejected');
      await using again = await server.session('app', NEW);
      expect(again.passwordForm).toBe(form === 'plain' ? 'scram-sha-256' : form);
    },
  );

  it('never leaves a weaker form behind than the one the user logs in by', async () => {
    await using session = await server.session('app', OLD);
    const weaker = await failure(
      session.changePassword(change('app', NEW, 'md5', 'scram-sha-256'), openGuard()),
    );
    expect([weaker.code, weaker.field]).toEqual(['SECRET_INVALID', 'rotation.password.send']);
    await server.query("ALTER ROLE app SET password_encryption = 'md5'");
    await using under = await server.session('app', OLD);
    await under.changePassword(change('app', NEW, 'plain', 'scram-sha-256'), openGuard());
    await using again = await server.session('app', NEW);
    expect(again.passwordForm).toBe('scram-sha-256');
  });

  it.each(['md5', 'plain'])(
    'as %s, waits for a lock, and settings that print statements, show nothing',
    async (form) => {
      const logged = `Unseen-${randomBytes(6).toString('hex')}`;
      const settings = ['debug_print_parse', 'debug_print_rewritten', 'debug_print_plan'];
      for (const name of settings) await server.query(`ALTER ROLE app SET ${name} = on`);
      await server.query("ALTER ROLE app SET client_min_messages = 'log'");
      await using session = await server.session('app', OLD);
      const blocker = await server.connect();
      await blocker.query(`BEGIN; ALTER ROLE app VALID UNTIL 'infinity'`);
      const waiting = session.changePassword(change('app', logged, form), openGuard());
      await expect.poll(() => server.log()).toContain('still waiting');
      await blocker.query('ROLLBACK');
      await blocker.end();
      await waiting;
      expect(await works('app', logged)).toBe('accepted');
      const md5 = createHash('md5').update(`${logged}app`).digest('hex');
      for (const text of [logged, md5]) expect(server.log()).not.toContain(text);
    },
  );

  it('quotes any name', async () => {
    const name = `od'd "n\\ame`;
    await using session = await server.session(name, OLD);
    for (const form of ['md5', 'scram-sha-256']) {
      await session.changePassword(change(name, NEW, form), openGuard());
      expect(await works(name, NEW)).toBe('accepted');
    }
  });

  it.each(['scram-sha-256', 'md5', 'plain'])(
    'keeps password and hash out of the log as %s, also when the statement fails',
    async (form) => {
      const logged = `Never-in-the-log-${randomBytes(6).toString('hex')}`;
      await using session = await server.session('app', OLD);
      const denied = await failure(session.changePassword(change('other', logged, form), openGuard()));
      expect(denied.code).toBe('DATABASE_REFUSED');
      const blocker = await server.connect();
      await blocker.query(`BEGIN; ALTER ROLE app VALID UNTIL 'infinity'`);
      const short = { ...openGuard(), statementTimeoutMs: 400 };
      const blocked = await failure(session.changePassword(change('app', logged, form), short));
      expect(blocked.code).toBe('DATABASE_BUSY');
      await blocker.query('ROLLBACK');
      await blocker.end();
      await session.changePassword(change('app', logged, form), openGuard());
      expect(await works('app', logged)).toBe('accepted');
      const md5 = (name: string) => createHash('md5').update(`${logged}${name}`).digest('hex');
      expect(server.log()).toContain('STATEMENT:');
      for (const text of [logged, Buffer.from(logged).toString('hex'), md5('app'), md5('other')])
        expect(server.log()).not.toContain(text);
    },
  );

  it.skipIf(major < 16)('uses the iterations the server asks for (scram_iterations is of 16)', async () => {
    await server.query('ALTER ROLE app SET scram_iterations = 5000');
    await using session = await server.session('app', OLD);
    await session.changePassword(change('app'), openGuard());
    const [row] = await server.query(
      "SELECT rolpassword LIKE 'SCRAM-SHA-256$5000:%' AS ok FROM pg_authid WHERE rolname = 'app'",
    );
    expect(row).toEqual({ ok: true });
    expect(await works('app', NEW)).toBe('accepted');
    await server.query('ALTER ROLE app SET scram_iterations = 1000001');
    await using excessive = await server.session('app', NEW);
    const refused = await failure(excessive.changePassword(change('app', 'Other-password-1'), openGuard()));
    expect(refused.code).toBe('DATABASE_CONFIGURATION');
    expect(await works('app', NEW)).toBe('accepted');
  });

  it("is not hindered by the user's own settings", async () => {
    await server.query(`GRANT other TO app; ALTER ROLE app SET role = 'other';
      ALTER ROLE app SET default_transaction_read_only = on; ALTER ROLE app SET search_path = nowhere;
      ALTER ROLE app SET statement_timeout = '500ms'; ALTER ROLE app SET default_transaction_isolation = serializable`);
    await using session = await server.session('app', OLD);
    const blocker = await server.connect();
    await blocker.query(`BEGIN; ALTER ROLE app VALID UNTIL 'infinity'`);
    const guard = openGuard();
    const changed = session.changePassword(change('app'), guard);
    await expect.poll(() => guard.fences()).toBe(1);
    await new Promise((later) => setTimeout(later, 700));
    await blocker.query('ROLLBACK');
    await blocker.end();
    await changed;
    // A statement that was cut off would have been tried again.
    expect(guard.fences()).toBe(1);
    await server.query('ALTER ROLE app RESET ALL; REVOKE other FROM app');
    expect(await works('app', NEW)).toBe('accepted');
  });

  it('sends nothing when the fence is lost', async () => {
    await using session = await server.session('app', OLD);
    const fence = async () => {
      throw new KeyturnError('FENCE_LOST', 'moved.');
    };
    expect((await failure(session.changePassword(change('app'), { ...openGuard(), fence }))).code).toBe(
      'FENCE_LOST',
    );
    expect([await works('app', OLD), await session.whoAmI()]).toEqual(['accepted', 'app']);
  });

  it('tells a refusal by the policy from others', async () => {
    await using session = await server.session('app', OLD);
    const refused = await failure(session.changePassword(change('app', 'short', 'plain'), openGuard()));
    expect([refused.code, refused.sqlState]).toEqual(['PASSWORD_REFUSED', '22023']);
    expect(refused.message + refused.stack).not.toContain('ALTER');
    expect(await works('app', OLD)).toBe('accepted');
    for (const bad of [change('app', 'ümlaut-password'), change('app', `md5${'0'.repeat(32)}`, 'plain')])
      expect((await failure(session.changePassword(bad, openGuard()))).code).toBe('SECRET_INVALID');
  });

  it('says what to grant', async () => {
    await using plain = await server.session('plainuser', OLD);
    const noRight = await failure(plain.changePassword(change('app'), openGuard()));
    expect([noRight.code, noRight.sqlState, noRight.retryable]).toEqual(['DATABASE_REFUSED', '42501', false]);
    expect(noRight.message).toContain('ALTER ROLE "plainuser" CREATEROLE;');
    await using master = await server.session('master', OLD);
    if (major < 16) return await master.changePassword(change('app'), openGuard());
    const noAdmin = await failure(master.changePassword(change('app'), openGuard()));
    const grant = 'GRANT "app" TO "master" WITH ADMIN OPTION';
    expect(noAdmin.message).toContain(`${grant};`);
    expect(noAdmin.message).not.toContain('CREATEROLE');
    await server.query(grant);
    await master.changePassword(change('app'), openGuard());
    await server.query('REVOKE app FROM master');
    expect(await works('app', NEW)).toBe('accepted');
  });

  it('knows a server that is read-only', async () => {
    await server.query('ALTER DATABASE postgres SET default_transaction_read_only = on');
    try {
      await using session = await server.session('app', OLD);
      expect(await session.isWriter()).toBe(false);
      const { code } = await failure(session.changePassword(change('app'), openGuard()));
      expect(code).toBe('DATABASE_READ_ONLY');
    } finally {
      await server.query('SET transaction_read_only = off; ALTER DATABASE postgres RESET ALL');
    }
  });

  it('gives up waiting for a lock, and nothing lands later', async () => {
    await using session = await server.session('app', OLD);
    const blocker = await server.connect();
    await blocker.query('BEGIN; ALTER ROLE app CONNECTION LIMIT 50');
    const busy = await failure(session.changePassword(change('app'), openGuard(400)));
    expect([busy.code, busy.retryable]).toEqual(['DATABASE_BUSY', true]);
    await blocker.query('COMMIT');
    await blocker.end();
    expect(await works('app', OLD)).toBe('accepted');
  });

  it('tries again after a concurrent change', async () => {
    await using session = await server.session('app', OLD);
    const blocker = await server.connect();
    await blocker.query('BEGIN; ALTER ROLE app CONNECTION LIMIT 51');
    const guard = openGuard();
    const changed = session.changePassword(change('app'), guard);
    await expect.poll(() => guard.fences()).toBe(1);
    await new Promise((soon) => setTimeout(soon, 100));
    await blocker.query('COMMIT');
    await blocker.end();
    await changed;
    expect([guard.fences(), await works('app', NEW)]).toEqual([2, 'accepted']);
  });

  it('two at once wait for each other', async () => {
    await using one = await server.session('app', OLD);
    await using two = await server.session('app', OLD);
    await Promise.all([one, two].map((session) => session.changePassword(change('app'), openGuard())));
    expect(await works('app', NEW)).toBe('accepted');
  });

  it('survives the loss of its connection', async () => {
    await using session = await server.session('app', OLD);
    const fence = async () => {
      await server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
    };
    const lost = await failure(session.changePassword(change('app'), { ...openGuard(), fence }));
    expect(lost.code).toBe('DATABASE_UNREACHABLE');
    expect((await failure(session.whoAmI())).code).toBe('DATABASE_UNREACHABLE');
    expect(await works('app', OLD)).toBe('accepted');
  });
});

describe.each(postgresMajors().installed)('PostgreSQL %i with other servers', (major) => {
  it('says that passwords are for members of rds_password', async () => {
    await using server = await startTestServer({
      major,
      settings: { 'rds.restrict_password_commands': 'on' },
    });
    await server.query(`CREATE ROLE rds_password; CREATE ROLE app; CREATE ROLE me LOGIN PASSWORD '${OLD}'`);
    await using session = await server.session('me', OLD);
    const refused = await failure(session.changePassword(change('app'), openGuard()));
    expect(refused.message).toContain('GRANT rds_password TO "me";');
  });

  it('refuses on a replica', async () => {
    await using server = await startTestServer({ major, replica: true });
    const { username, password } = server.superuser;
    await using session = await server.session(username, password);
    expect(await session.isWriter()).toBe(false);
    const refused = await failure(session.changePassword(change(username), openGuard()));
    expect(refused.code).toBe('DATABASE_READ_ONLY');
  });
});

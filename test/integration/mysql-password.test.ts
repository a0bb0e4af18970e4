import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mysqlServers } from '../../local/servers/mysql.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import type { NewPassword, Session } from '../../shared/rotation/engine.ts';
import { summary } from '../support/login.ts';
import { type MysqlTestServer, startMysqlTestServer, unique } from '../support/mysql.ts';
import { openGuard } from '../support/postgres.ts';

const { installed, missing, external } = await mysqlServers();
for (const { kind, reason } of missing) it.skip(`${kind}: ${reason}`);

let made = 0;
/** Digits, both cases and punctuation, so that any policy takes it; the quotes try the statement's own. */
const newPassword = () => `N-${(made++).toString().padStart(4, '0')}'"\\\`--x-aB`;
const change = (session: Session, username: string, more: Partial<NewPassword> = {}): NewPassword => ({
  username,
  password: new Redacted(newPassword()),
  form: session.passwordForm,
  liveForm: session.passwordForm,
  ...more,
});

describe.each(installed)('passwords of %s', (kind) => {
  const isMysql = kind.startsWith('mysql');
  let server: MysqlTestServer;
  const administrator = unique('dba');
  let count = 0;

  beforeAll(async () => {
    server = await startMysqlTestServer(kind, { generalLog: true });
    await server.query(`CREATE USER ${administrator}@'%' IDENTIFIED BY 'Right-1'`);
    await server.query(`GRANT CREATE USER ON *.* TO ${administrator}@'%'`);
    await server.query(`GRANT SELECT ON mysql.* TO ${administrator}@'%'`);
  });
  afterAll(() => server.close());

  async function user(more = '', ...grants: string[]): Promise<string> {
    const name = unique(`u${count++}`);
    await server.query(`CREATE USER ${name}@'%' IDENTIFIED BY 'Right-1' ${more}`);
    for (const grant of grants) await server.query(`GRANT ${grant} ON *.* TO ${name}@'%'`);
    return name;
  }
  const outcome = (name: string, password: Redacted | string) =>
    summary(server.login(name, typeof password === 'string' ? password : password.reveal()));

  it('lets a user change its own, under any sql_mode and with any character', async () => {
    for (const mode of ['', 'ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', 'ANSI']) {
      await server.query(`SET GLOBAL sql_mode = '${mode}'`);
      const name = await user();
      await using session = await server.session(name, 'Right-1');
      const to = change(session, name);
      const guard = openGuard();
      await session.changePassword(to, guard);
      expect(guard.fences()).toBe(1);
      expect([await outcome(name, 'Right-1'), await outcome(name, to.password)]).toEqual([
        'rejected CREDENTIALS_REJECTED',
        'accepted',
      ]);
    }
    await server.query('SET GLOBAL sql_mode = DEFAULT');
  });

  it('sends nothing when the fence is lost', async () => {
    const name = await user();
    await using session = await server.session(name, 'Right-1');
    const guard = { ...openGuard(), fence: () => Promise.reject(new Error('lost')) };
    await expect(session.changePassword(change(session, name), guard)).rejects.toThrow('lost');
    expect(await outcome(name, 'Right-1')).toBe('accepted');
  });

  it('says so where it cannot look for accounts of the same name', async () => {
    const name = await user();
    await using session = await server.session(name, 'Right-1');
    const guard = openGuard();
    await session.changePassword(change(session, name), guard);
    expect(guard.notes).toEqual([expect.stringContaining(`\`${name}\`@\`%\` may not read mysql.user`)]);
    await server.query(`GRANT SELECT ON mysql.* TO ${name}@'%'`);
    const again = openGuard();
    await session.changePassword(change(session, name), again);
    expect(again.notes).toEqual([]);
  });

  it.skipIf(external)(
    'leaves no password in the log, where the server can avoid it, and where its log can be read',
    async () => {
      const name = await user();
      await using session = await server.session(name, 'Right-1');
      const to = change(session, name);
      await session.changePassword(to, openGuard());
      expect(server.log()).toContain(isMysql ? 'ALTER USER' : 'SET PASSWORD');
      expect(server.log()).not.toContain(to.password.reveal().slice(0, 6));
    },
  );

  if (isMysql)
    it('gives the password in use where the account asks for it', async () => {
      const name = await user('PASSWORD REQUIRE CURRENT');
      await using session = await server.session(name, 'Right-1');
      const to = change(session, name);
      await session.changePassword(to, openGuard());
      expect(await outcome(name, to.password)).toBe('accepted');
    });

  if (isMysql)
    it('tells a password history from a missing right', async () => {
      const name = await user('PASSWORD HISTORY 2');
      await using session = await server.session(name, 'Right-1');
      expect(await session.dualPassword()).toEqual({ unsupportedBecause: undefined, mayRepeat: false });
      const same = change(session, name, { password: new Redacted('Right-1') });
      await expect(session.changePassword(same, openGuard())).rejects.toMatchObject({
        code: 'PASSWORD_REFUSED',
      });
    });

  if (isMysql)
    it('keeps the password in use beside the new one, and only the primary one', async () => {
      const name = await user('', 'APPLICATION_PASSWORD_ADMIN');
      await using session = await server.session(name, 'Right-1');
      expect(await session.dualPassword()).toEqual({ unsupportedBecause: undefined, mayRepeat: true });
      const to = change(session, name, { current: new Redacted('Right-1'), retain: true });
      await session.changePassword(to, openGuard());
      expect([await outcome(name, 'Right-1'), await outcome(name, to.password)]).toEqual([
        'accepted',
        'accepted',
      ]);
      await expect(session.changePassword(to, openGuard())).rejects.toMatchObject({
        code: 'NOT_PRIMARY_PASSWORD',
      });
      expect(await outcome(name, 'Right-1')).toBe('accepted');
    });

  if (isMysql)
    it('names the right that two passwords need', async () => {
      const name = await user();
      await using session = await server.session(name, 'Right-1');
      const to = change(session, name, { current: new Redacted('Right-1'), retain: true });
      await expect(session.changePassword(to, openGuard())).rejects.toMatchObject({
        code: 'DATABASE_REFUSED',
        what: expect.stringContaining(`GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO \`${name}\`@\`%\`;`),
      });
    });

  if (isMysql)
    it('says what an account needs that asks for a primary password which nobody knows any more', async () => {
      const name = await user('PASSWORD REQUIRE CURRENT', 'APPLICATION_PASSWORD_ADMIN');
      await using session = await server.session(name, 'Right-1');
      const given = { current: new Redacted('Right-1'), retain: true };
      await session.changePassword(change(session, name, given), openGuard());
      const again = change(session, name, { password: new Redacted('Right-1') });
      await expect(session.changePassword(again, openGuard())).rejects.toMatchObject({
        code: 'DATABASE_REFUSED',
        what: expect.stringContaining(`ALTER USER \`${name}\`@\`%\` PASSWORD REQUIRE CURRENT OPTIONAL;`),
      });
      await server.query(`ALTER USER ${name}@'%' PASSWORD REQUIRE CURRENT OPTIONAL`);
      await session.changePassword(again, openGuard());
    });

  if (!isMysql)
    it.each([
      "mysql_native_password USING PASSWORD('Right-1') OR unix_socket",
      "mysql_native_password USING PASSWORD('Right-1') OR mysql_native_password USING PASSWORD('Other-1')",
      "unix_socket OR mysql_native_password USING PASSWORD('Right-1')",
    ])('changes no account that has several methods: %s', async (methods) => {
      const name = unique(`or${count++}`);
      await server.query(`CREATE USER ${name}@'%' IDENTIFIED VIA ${methods}`);
      await using session = await server.session(name, 'Right-1');
      await expect(session.changePassword(change(session, name), openGuard())).rejects.toMatchObject({
        code: 'DATABASE_REFUSED',
        what: expect.stringContaining('several methods'),
      });
      expect(await outcome(name, 'Right-1')).toBe('accepted');
      await using dba = await server.session(administrator, 'Right-1');
      const to = change(dba, name);
      await dba.changePassword(to, openGuard());
      expect([await outcome(name, 'Right-1'), await outcome(name, to.password)]).toEqual([
        'rejected CREDENTIALS_REJECTED',
        'accepted',
      ]);
    });

  if (!isMysql)
    it.each(['hash', 'plain'])(
      'is kept in the form of today, whatever the server’s default: %s',
      async (form) => {
        const name = await user();
        await server.query('SET GLOBAL old_passwords = ON');
        try {
          await using session = await server.session(name, 'Right-1');
          const to = change(session, name, { form });
          await session.changePassword(to, openGuard());
          expect(await outcome(name, to.password)).toBe('accepted');
        } finally {
          await server.query('SET GLOBAL old_passwords = OFF');
        }
      },
    );

  it('tells a server that has become a replica from one that takes no hash', async () => {
    const name = await user();
    await using session = await server.session(name, 'Right-1');
    await server.query('SET GLOBAL read_only = ON');
    try {
      await expect(session.changePassword(change(session, name), openGuard())).rejects.toMatchObject({
        code: 'DATABASE_READ_ONLY',
      });
    } finally {
      await server.query('SET GLOBAL read_only = OFF');
    }
  });

  if (!isMysql)
    it('says that MariaDB keeps one password', async () => {
      await using session = await server.session(await user(), 'Right-1');
      expect((await session.dualPassword()).unsupportedBecause).toBe(
        'MariaDB keeps one password for each user',
      );
    });

  it('lets a superuser change all accounts of one name', async () => {
    const name = await user();
    await server.query(`CREATE USER ${name}@'192.0.2.1' IDENTIFIED BY 'Right-1'`);
    await using dba = await server.session(administrator, 'Right-1');
    const to = change(dba, name);
    await dba.changePassword(to, openGuard());
    expect(await outcome(name, to.password)).toBe('accepted');
    const column = isMysql ? 'authentication_string' : 'password';
    const rows = await server.query<{ n: number }>(
      `SELECT count(*) AS n FROM mysql.user WHERE user = '${name}' AND ${column} LIKE '${isMysql ? '$A$' : '*'}%'`,
    );
    expect(rows[0]?.n).toBe(2);
  });

  it('refuses by name when a user sees other accounts of its name', async () => {
    const name = await user();
    await server.query(`CREATE USER ${name}@'192.0.2.1' IDENTIFIED BY 'Right-1'`);
    await server.query(`GRANT SELECT ON mysql.* TO ${name}@'%'`);
    await using session = await server.session(name, 'Right-1');
    await expect(session.changePassword(change(session, name), openGuard())).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      what: expect.stringContaining(`\`${name}\`@\`192.0.2.1\``),
    });
  });

  it('tells who may not be changed through a superuser, by itself or through roles', async () => {
    const plain = await user();
    const creator = await user('', 'CREATE USER');
    const heir = await user();
    const power = unique('power');
    await server.query(`CREATE ROLE ${power}`);
    await server.query(`GRANT SUPER ON *.* TO ${power}`);
    await server.query(`GRANT ${power} TO ${heir}@'%'`);
    await using dba = await server.session(administrator, 'Right-1');
    const why = async (name: string) => (await dba.describeUser(name)).protectedBecause;
    expect(await why(plain)).toBeUndefined();
    expect(await why(creator)).toBe('holds CREATE USER, by itself or through a role');
    expect(await why(heir)).toContain('SUPER');
    expect(await why(server.administrator.username)).toContain('CREATE USER');
    expect(await why(administrator)).toBe("is the superuser secret's own user");
    expect(await dba.describeUser('nobody')).toMatchObject({ exists: false });
    const weak = await user('', 'CREATE USER');
    await using blind = await server.session(weak, 'Right-1');
    await expect(blind.describeUser(plain)).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      what: expect.stringContaining(`GRANT SELECT ON mysql.* TO \`${weak}\`@\`%\`;`),
    });
  });

  it('ends a change that waits for a lock, so that it cannot land later', async () => {
    const name = await user();
    await using session = await server.session(name, 'Right-1');
    await using dba = await server.session(administrator, 'Right-1');
    const holder = await server.hold('LOCK TABLES mysql.user READ');
    try {
      await expect(dba.changePassword(change(session, name), openGuard(1_000))).rejects.toMatchObject({
        code: 'DATABASE_BUSY',
      });
    } finally {
      await holder.end();
    }
    expect(await outcome(name, 'Right-1')).toBe('accepted');
  });

  it('says so when the server ends the connection in the middle of a statement', async () => {
    const name = await user();
    await using session = await server.session(name, 'Right-1');
    const probe = session.probe('SELECT sleep(4)').catch((error: unknown) => error);
    await expect
      .poll(() =>
        server.query(`SELECT id FROM information_schema.processlist WHERE info = 'SELECT sleep(4)'`),
      )
      .toHaveLength(1);
    const [row] = await server.query<{ id: number }>(
      "SELECT id FROM information_schema.processlist WHERE info = 'SELECT sleep(4)'",
    );
    await server.query(`KILL CONNECTION ${row?.id}`);
    expect(await probe).toMatchObject({
      code: expect.stringMatching(/^(DATABASE_UNREACHABLE|PROBE_FAILED)$/),
    });
    await expect(session.changePassword(change(session, name), openGuard())).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
    });
  });
});

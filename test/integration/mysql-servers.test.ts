/** The real MySQL and MariaDB servers that other tests rely on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { dirname } from 'node:path';
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
  type RowDataPacket,
} from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../local/certificates.ts';
import type { DatabaseOnStage, Login } from '../../local/rehearsal/cast.ts';
import { mysqlOnStage } from '../../local/rehearsal/mysql.ts';
import { type MysqlServer, mysqlServers, startMysql } from '../../local/servers/mysql.ts';

const { installed, missing, external } = await mysqlServers();
const SECOND_NAME = 'shop.example.com';

const connect = (
  server: MysqlServer,
  { username: user, password }: Login = server.administrator,
  ssl: object = {},
  more: ConnectionOptions = {},
) => {
  const { host, port, ca } = server;
  return createConnection({ host, port, user, password, ssl: { ca, verifyIdentity: true, ...ssl }, ...more });
};

async function ask<T>(connection: Connection, sql: string): Promise<T | undefined> {
  const [rows] = await connection.query<RowDataPacket[]>(sql);
  return rows[0] as T | undefined;
}

const accepts = (server: MysqlServer, login: Login) =>
  connect(server, login).then(
    async (connection) => {
      await connection.end();
      return true;
    },
    (error: { errno?: number }) => error.errno,
  );

/** Whoever lacks rights on the data has logged in, too. */
const entering = (database: DatabaseOnStage, login: Login) =>
  database.work(login).catch(() => 'lacks rights');

/** Empty for a process that has ended but that nobody has waited for. */
const isRunning = async (pid: string) =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== '';

for (const { kind, reason } of missing) it.skip(`${kind}: ${reason}`);

const how = external ? ', which is your own and was not started here' : '';

describe.skipIf(external).each(installed)(`%s${how}`, (kind) => {
  let server: MysqlServer;
  let connection: Connection;
  beforeAll(async () => {
    server = await startMysql(kind, {
      generalLog: true,
      names: [SECOND_NAME],
      settings: { 'sql-mode': 'ANSI_QUOTES' },
    });
    connection = await connect(server);
  });
  afterAll(async () => {
    await connection?.end();
    await server?.close();
  });

  it('is the product and version that its kind says', async () => {
    const { version } = (await ask<{ version: string }>(connection, 'SELECT VERSION() AS version')) ?? {};
    expect(version).toContain(server.version);
    expect(`${server.product}-${server.version}`).toMatch(new RegExp(`^${kind}\\.\\d+$`));
    expect(version?.includes('MariaDB')).toBe(server.product === 'mariadb');
  });

  it('speaks TLS, verified by chain and host name', async () => {
    const { Value } = (await ask<{ Value: string }>(connection, "SHOW STATUS LIKE 'Ssl_version'")) ?? {};
    expect(Value).toBe('TLSv1.3');
  });

  it('is refused by a client that knows another authority', async () => {
    const { cert } = await createAuthority('stranger');
    await expect(connect(server, server.administrator, { ca: cert })).rejects.toThrow(/certificate/i);
  });

  it('has the further names in its certificate, and no others', async () => {
    // The driver takes the name that it verifies from `host`.
    const named = (host: string) =>
      connect(server, server.administrator, {}, { host, stream: () => connectTcp(server.port, server.host) });
    await (await named(SECOND_NAME)).end();
    await expect(named('other.example.com')).rejects.toThrow(/altnames|certificate/i);
  });

  it('lets nobody in without the password', async () => {
    const { username } = server.administrator;
    expect(await accepts(server, { username, password: '' })).toBe(1045);
    expect(await accepts(server, { username: '', password: '' })).toBe(1045);
  });

  it('listens on 127.0.0.1 only, without a socket, and takes settings', async () => {
    const sql = 'SELECT @@bind_address AS address, @@socket AS socket, @@global.sql_mode AS mode';
    expect(await ask(connection, sql)).toEqual({ address: '127.0.0.1', socket: '', mode: 'ANSI_QUOTES' });
  });

  it('logs every statement, but not how the administrator was made', async () => {
    await connection.query('SELECT 4711');
    await expect.poll(server.log).toContain('SELECT 4711');
    expect(server.log()).not.toContain(server.administrator.password);
    expect(server.log()).toContain('ready for connections');
  });

  if (kind.startsWith('mysql'))
    it('keeps two passwords of a user', async () => {
      const [first, second, third] = ['First-1', 'Second-2', 'Third-3'];
      const works = (password = '') => accepts(server, { username: 'app', password });
      await connection.query(`CREATE USER app IDENTIFIED BY '${first}'`);
      await connection.query(`ALTER USER app IDENTIFIED BY '${second}' RETAIN CURRENT PASSWORD`);
      expect([await works(first), await works(second)]).toEqual([true, true]);
      await connection.query(`ALTER USER app IDENTIFIED BY '${third}' RETAIN CURRENT PASSWORD`);
      expect([await works(first), await works(second), await works(third)]).toEqual([1045, true, true]);
    });
  else
    it('knows no second password', async () => {
      await connection.query("CREATE USER app IDENTIFIED BY 'First-1'");
      const retain = connection.query("ALTER USER app IDENTIFIED BY 'Second-2' RETAIN CURRENT PASSWORD");
      await expect(retain).rejects.toMatchObject({ errno: 1064 });
      expect(await accepts(server, { username: 'app', password: 'First-1' })).toBe(true);
    });

  it('stops and leaves nothing', async () => {
    const other = await startMysql(kind);
    const folder = dirname(other.caFile);
    const pid = (await readFile(`${folder}/pid`, 'utf8')).trim();
    expect([existsSync(folder), await isRunning(pid)]).toEqual([true, true]);
    await other.close();
    expect([existsSync(folder), await isRunning(pid)]).toEqual([false, false]);
    await expect(connect(other)).rejects.toThrow('ECONNREFUSED');
  });

  it('leaves nothing when the process that started it is killed', async () => {
    const module = new URL('../../local/servers/mysql.ts', import.meta.url);
    const script = `const { startMysql } = await import('${module}');
      console.log((await startMysql('${kind}')).caFile);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    const [output] = await once(child.stdout, 'data');
    const folder = dirname(String(output).trim());
    const pid = (await readFile(`${folder}/pid`, 'utf8')).trim();
    child.kill('SIGKILL');
    await expect.poll(() => existsSync(folder), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('says why it does not start', async () => {
    await expect(startMysql(kind, { settings: { 'no-such-option': '1' } })).rejects.toThrow('no-such-option');
  });
});

describe.skipIf(external).each(installed)(`%s on stage${how}`, (kind) => {
  let database: DatabaseOnStage;
  beforeAll(async () => {
    database = await mysqlOnStage(kind, { generalLog: true });
  });
  afterAll(() => database?.[Symbol.asyncDispose]());

  it('makes users that can work, whose passwords are not in the log', async () => {
    for (const cast of database.casts) {
      const { secret, superuser } = await cast.prepare(database, `t_${database.casts.indexOf(cast)}`);
      expect(await database.work(secret)).toBe('accepted');
      expect(await database.work({ ...secret, password: 'wrong' })).toBe('rejected');
      if (superuser !== undefined) expect(await entering(database, superuser)).not.toBe('rejected');
      expect(database.log()).not.toContain(secret.password);
      expect(database.log()).not.toContain(superuser?.password ?? database.administrator.password);
    }
  });

  it('tells lost rights from a rejected password', async () => {
    const { secret } = (await database.casts[0]?.prepare(database, 'lost')) ?? {};
    if (secret === undefined) throw new Error('There is no cast.');
    await database.administer(`REVOKE SELECT ON shop.* FROM '${secret.username}'@'%'`);
    await expect(database.work(secret)).rejects.toThrow(/denied/);
  });
});

/**
 * Reads along until the server has let us in, and refuses what must not be answered: a session without TLS, and every
 * authentication that would hand out the password itself, but for those that MySQL does over verified TLS.
 *
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
 */
import { KeyturnError } from '../../core/errors.ts';
import { notVerified, type Gate as WireGate } from '../wire.ts';

/** Longer packets than this do not occur before a session starts. */
const LONGEST = 65_536;
/** https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
const CLIENT_SSL = 0x800;
const CLIENT_PROTOCOL_41 = 0x200;
const CLIENT_PLUGIN_AUTH = 0x80000;

/** Both prove the password without sending it; the second may ask for it over TLS, when its cache is cold. */
const PLUGINS: ReadonlySet<string> = new Set(['mysql_native_password', 'caching_sha2_password']);
/** Asks for the password itself over TLS. MySQL also pretends that a user who does not exist logs in by it. */
const SHA256 = 'sha256_password';

export class Gate implements WireGate {
  readonly #plaintext: boolean;
  #pending = Buffer.alloc(0);
  #greeted = false;
  #secure = false;
  #authenticated = false;
  #open = false;
  #plugin = 'mysql_native_password';
  #mariadb = false;

  /** @param plaintext the deployment allows this connection to go without TLS */
  constructor(plaintext: boolean) {
    this.#plaintext = plaintext;
  }

  /** The server has accepted the password. */
  get authenticated(): boolean {
    return this.#authenticated;
  }

  /** How the password was asked for. */
  get plugin(): string {
    return this.#plugin;
  }

  /** What the greeting says, before anybody can be asked. */
  get mariadb(): boolean {
    return this.#mariadb;
  }

  /** The wire is on TLS from here on. */
  secured(): void {
    this.#secure = true;
  }

  /**
   * @returns what of the bytes so far the driver may see: whole packets.
   * @throws KeyturnError DATABASE_CONFIGURATION, DATABASE_UNREACHABLE, TLS_NOT_VERIFIED
   */
  pass(chunk: Buffer): Buffer {
    if (this.#open) return chunk;
    this.#pending = Buffer.concat([this.#pending, chunk]);
    let end = 0;
    while (!this.#open) {
      const length = this.#wholePacket(end);
      if (length === undefined) break;
      this.#check(this.#pending.subarray(end + 4, end + length));
      end += length;
    }
    if (this.#open) end = this.#pending.length;
    const passed = this.#pending.subarray(0, end);
    this.#pending = this.#pending.subarray(end);
    this.#refuseEarlyBytes();
    return passed;
  }

  /** The length of the packet at `start`, its header included; absent while it is incomplete. */
  #wholePacket(start: number): number | undefined {
    if (this.#pending.length < start + 4) return undefined;
    const length = this.#pending.readUIntLE(start, 3);
    if (length === 0 || length > LONGEST) throw notMysql();
    return this.#pending.length < start + 4 + length ? undefined : 4 + length;
  }

  /** What follows the greeting in clear was put there by somebody in between. */
  #refuseEarlyBytes(): void {
    if (!this.#plaintext && this.#greeted && !this.#secure && this.#pending.length > 0)
      throw notVerified('more than a greeting came before it');
  }

  #check(body: Buffer): void {
    if (body[0] === 0xff) checkError(body);
    else if (!this.#greeted) this.#greet(body);
    else if (!this.#secure && !this.#plaintext) throw notVerified('more than a greeting came before it');
    else this.#authenticate(body);
  }

  #greet(body: Buffer): void {
    const greeting = parseGreeting(body);
    this.#greeted = true;
    this.#mariadb = /mariadb/i.test(greeting.version);
    if ((greeting.capabilities & CLIENT_SSL) === 0 && !this.#plaintext)
      throw notVerified('the server offers none');
    if (PLUGINS.has(greeting.plugin)) this.#plugin = greeting.plugin;
  }

  #authenticate(body: Buffer): void {
    switch (body[0]) {
      case 0x00:
        this.#authenticated = true;
        this.#open = true;
        return;
      case 0x01:
        this.#checkMoreData(body.subarray(1));
        return;
      case 0xfe:
        this.#switchTo(body.subarray(1));
        return;
      case 0x02:
        throw configuration('The server asks for a second factor.');
      default:
        throw notMysql();
    }
  }

  /** 3: the cache knew the password. 4: it did not, and the server wants the password itself. */
  #checkMoreData(data: Buffer): void {
    const known = this.#plugin === 'caching_sha2_password' && data.length === 1;
    if (!known || (data[0] !== 3 && data[0] !== 4)) throw notMysql();
    if (data[0] === 4 && !this.#secure)
      throw configuration('caching_sha2_password asks for the password itself, which needs TLS.');
  }

  #switchTo(data: Buffer): void {
    const end = data.indexOf(0);
    if (end === -1) throw asksInClear('mysql_old_password');
    const plugin = data.subarray(0, end).toString('latin1');
    if (!PLUGINS.has(plugin) && !(plugin === SHA256 && this.#secure)) throw asksInClear(plugin);
    if (data.length < end + 21) throw notMysql();
    this.#plugin = plugin;
  }
}

interface Greeting {
  readonly version: string;
  readonly capabilities: number;
  readonly plugin: string;
}

/** https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html */
function parseGreeting(body: Buffer): Greeting {
  const versionEnd = body.indexOf(0, 1);
  const flags = versionEnd + 1 + 4 + 8 + 1;
  if (body[0] !== 10 || versionEnd === -1 || body.length < flags + 18) throw notMysql();
  const capabilities = (body.readUInt16LE(flags) | (body.readUInt16LE(flags + 5) << 16)) >>> 0;
  if ((capabilities & CLIENT_PROTOCOL_41) === 0 || (capabilities & CLIENT_PLUGIN_AUTH) === 0)
    throw configuration('The server speaks a protocol older than MySQL 5.5.');
  const scrambleLength = Math.max(13, (body[flags + 7] as number) - 8);
  const plugin = body.subarray(flags + 18 + scrambleLength);
  if (body.length < flags + 18 + scrambleLength) throw notMysql();
  return {
    version: body.subarray(1, versionEnd).toString('latin1'),
    capabilities,
    plugin: plugin
      .subarray(0, plugin.indexOf(0) === -1 ? plugin.length : plugin.indexOf(0))
      .toString('latin1'),
  };
}

/** The driver reads a number and a text, and would throw inside a socket event on less. */
function checkError(body: Buffer): void {
  if (body.length < 3) throw notMysql();
}

function asksInClear(plugin: string): KeyturnError {
  const name = /^[\w.-]{1,64}$/.test(plugin) ? plugin : 'an unknown method';
  return configuration(
    `The server asks for authentication by ${name}, so nothing was sent. Passwords are rotated for users of caching_sha2_password, mysql_native_password and, over TLS, sha256_password; RDS asks for mysql_clear_password where a user logs in by IAM.`,
  );
}

const configuration = (what: string) => new KeyturnError('DATABASE_CONFIGURATION', what);

const notMysql = () =>
  new KeyturnError('DATABASE_UNREACHABLE', 'What answers there does not speak the MySQL protocol.');

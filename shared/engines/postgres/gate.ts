/**
 * Reads along until the server has let us in, and refuses what must not be answered. The driver would send the
 * password in clear when asked to, and throws inside a socket event, or never returns, on malformed messages.
 *
 * Message formats: https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { KeyturnError } from '../../core/errors.ts';
import type { Gate as WireGate } from '../wire.ts';

/** Longer messages than this do not occur before a session starts. */
const LONGEST = 65_536;

const code = (letter: string): number => letter.charCodeAt(0);
const BEFORE_A_SESSION = new Set([...'RENSKvZ'].map(code));

export class Gate implements WireGate {
  #pending = Buffer.alloc(0);
  #proved = false;
  #authenticated = false;
  #open = false;
  #form: 'scram-sha-256' | 'md5' | undefined;

  /** The server asked for the password, got a proof of it, and said AuthenticationOk. */
  get authenticated(): boolean {
    return this.#authenticated;
  }

  /** How the password was asked for. */
  get form(): 'scram-sha-256' | 'md5' | undefined {
    return this.#form;
  }

  /**
   * @returns what of the bytes so far the driver may see: whole messages.
   * @throws KeyturnError DATABASE_CONFIGURATION, DATABASE_UNREACHABLE
   */
  pass(chunk: Buffer): Buffer {
    if (this.#open) return chunk;
    this.#pending = Buffer.concat([this.#pending, chunk]);
    let end = 0;
    while (!this.#open) {
      const length = this.#wholeMessage(end);
      if (length === undefined) break;
      this.#check(this.#pending[end] as number, this.#pending.subarray(end + 5, end + length));
      end += length;
    }
    if (this.#open) end = this.#pending.length;
    const passed = this.#pending.subarray(0, end);
    this.#pending = this.#pending.subarray(end);
    return passed;
  }

  /** The length of the message at `start`, its letter included; absent while it is incomplete. */
  #wholeMessage(start: number): number | undefined {
    if (this.#pending.length < start + 5) return undefined;
    const length = this.#pending.readUInt32BE(start + 1);
    if (length < 4 || length > LONGEST || !BEFORE_A_SESSION.has(this.#pending[start] as number))
      throw notPostgres();
    return this.#pending.length < start + 1 + length ? undefined : 1 + length;
  }

  #check(letter: number, body: Buffer): void {
    if (letter === code('R')) this.#checkAuthentication(body);
    if ((letter === code('E') || letter === code('N')) && !hasFields(body)) throw notPostgres();
    if (letter === code('Z')) this.#open = this.#authenticated;
  }

  #checkAuthentication(body: Buffer): void {
    if (body.length < 4) throw notPostgres();
    switch (body.readInt32BE(0)) {
      case 0:
        if (!this.#proved) throw configuration(LETS_ANYBODY_IN);
        this.#authenticated = true;
        return;
      case 3:
        throw configuration(ASKS_IN_CLEAR);
      case 5:
        this.#form = 'md5';
        this.#proved = true;
        return;
      case 10:
        this.#form = 'scram-sha-256';
        return;
      case 11:
        return;
      case 12:
        this.#proved = this.#form === 'scram-sha-256';
        return;
      default:
        throw configuration('The server asks for an authentication that is not by password.');
    }
  }
}

const LETS_ANYBODY_IN =
  'The server let the user in without asking for the password (trust, cert or the like in pg_hba.conf), which proves nothing about it.';

const ASKS_IN_CLEAR =
  'The server asks for the password in clear text, so nothing was sent. RDS does so for members of rds_iam, who log in by IAM and not by password; elsewhere it is "password", "ldap", "pam" or "radius" in pg_hba.conf.';

const configuration = (what: string) => new KeyturnError('DATABASE_CONFIGURATION', what);

const notPostgres = () =>
  new KeyturnError('DATABASE_UNREACHABLE', 'What answers there does not speak the PostgreSQL protocol.');

/** Fields of one letter and a text, each ended by a zero byte, and a zero byte after the last. */
function hasFields(body: Buffer): boolean {
  let at = 0;
  while (at < body.length && body[at] !== 0) {
    const end = body.indexOf(0, at + 1);
    if (end === -1) return false;
    at = end + 1;
  }
  return at < body.length;
}

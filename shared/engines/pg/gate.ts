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

/** A password is proved in one of these ways. */
export type Proof = 'md5' | 'scram-sha-256' | 'sha256';

export interface GateRules {
  /** Those that the product has; any other request is refused. */
  readonly proofs: readonly Proof[];
  /**
   * What answers a request for `sha256`, which the driver does not know and is not shown.
   * @param challenge the body of the request after its code
   * @returns a whole message; nothing when the challenge makes no sense
   */
  readonly answer?: (challenge: Buffer) => Buffer | undefined;
  /** Why a password is asked for in clear, to end the refusal. */
  readonly asksInClear: string;
}

export class Gate implements WireGate {
  readonly #rules: GateRules;
  #pending = Buffer.alloc(0);
  #proved = false;
  #authenticated = false;
  #open = false;
  #form: Proof | undefined;
  #processId: number | undefined;

  constructor(rules: GateRules) {
    this.#rules = rules;
  }

  /** The server asked for the password, got a proof of it, and said AuthenticationOk. */
  get authenticated(): boolean {
    return this.#authenticated;
  }

  /** How the password was asked for. */
  get form(): Proof | undefined {
    return this.#form;
  }

  /** Of the server's process for this session, as told to whoever wants to cancel a statement. */
  get processId(): number | undefined {
    return this.#processId;
  }

  /**
   * @returns what of the bytes so far the driver may see: whole messages.
   * @throws KeyturnError DATABASE_CONFIGURATION, DATABASE_UNREACHABLE
   */
  pass(chunk: Buffer, reply: (bytes: Buffer) => void): Buffer {
    if (this.#open) return chunk;
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const passed: Buffer[] = [];
    while (!this.#open) {
      const message = this.#takeMessage();
      if (message === undefined) return Buffer.concat(passed);
      const answer = this.#check(message[0] as number, message.subarray(5));
      if (answer === undefined) passed.push(message);
      else reply(answer);
    }
    passed.push(this.#pending);
    this.#pending = Buffer.alloc(0);
    return Buffer.concat(passed);
  }

  /** The next whole message, its letter included; absent while it is incomplete. */
  #takeMessage(): Buffer | undefined {
    if (this.#pending.length < 5) return undefined;
    const length = this.#pending.readUInt32BE(1);
    if (length < 4 || length > LONGEST || !BEFORE_A_SESSION.has(this.#pending[0] as number))
      throw notPostgres();
    if (this.#pending.length < 1 + length) return undefined;
    const message = this.#pending.subarray(0, 1 + length);
    this.#pending = this.#pending.subarray(1 + length);
    return message;
  }

  /** @returns what to answer in the driver's place */
  #check(letter: number, body: Buffer): Buffer | undefined {
    if ((letter === code('E') || letter === code('N')) && !hasFields(body)) throw notPostgres();
    if (letter === code('K') && body.length >= 4) this.#processId = body.readInt32BE(0);
    if (letter === code('Z')) this.#open = this.#authenticated;
    return letter === code('R') ? this.#checkAuthentication(body) : undefined;
  }

  #checkAuthentication(body: Buffer): Buffer | undefined {
    if (body.length < 4) throw notPostgres();
    switch (body.readInt32BE(0)) {
      case 0:
        if (!this.#proved) throw configuration(LETS_ANYBODY_IN);
        this.#authenticated = true;
        return undefined;
      case 3:
        throw configuration(`${ASKS_IN_CLEAR} ${this.#rules.asksInClear}`);
      case 5:
        this.#askedFor('md5');
        this.#proved = true;
        return undefined;
      case 10:
        this.#askedFor('scram-sha-256');
        return undefined;
      case 11:
        return undefined;
      case 12:
        this.#proved = this.#form === 'scram-sha-256';
        return undefined;
      case 13:
        this.#askedFor('sha256');
        return this.#answered(body.subarray(4));
      default:
        throw configuration(NOT_BY_PASSWORD);
    }
  }

  #askedFor(proof: Proof): void {
    if (!this.#rules.proofs.includes(proof)) throw configuration(NOT_BY_PASSWORD);
    this.#form = proof;
  }

  #answered(challenge: Buffer): Buffer {
    const answer = this.#rules.answer?.(challenge);
    if (answer === undefined) throw notPostgres();
    this.#proved = true;
    return answer;
  }
}

const NOT_BY_PASSWORD =
  'The server asks for an authentication that is not by password, or not by one that this product is known for.';

const LETS_ANYBODY_IN =
  'The server let the user in without asking for the password (trust, cert or the like in pg_hba.conf), which proves nothing about it.';

const ASKS_IN_CLEAR = 'The server asks for the password in clear text, so nothing was sent.';

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

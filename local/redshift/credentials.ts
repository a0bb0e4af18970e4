/**
 * What the gateway keeps of passwords, by the rules of
 * https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html, and how a login is checked against it. Request 13
 * is undocumented; it goes by `handle_AUTHENTICATION_REQUEST` of
 * https://github.com/aws/amazon-redshift-python-driver/blob/master/redshift_connector/core.py
 */
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { int32, message } from './protocol.ts';

const hash = (algorithm: 'md5' | 'sha256', ...parts: readonly (string | Buffer)[]): Buffer => {
  const digest = createHash(algorithm);
  for (const part of parts) digest.update(part);
  return digest.digest();
};

const MD5 = /^md5[\da-f]{32}$/i;
const SHA256 = /^sha256\|([\da-f]{64})\|([\da-f]{64})$/i;

/**
 * @param text between the quotes of PASSWORD '…'
 * @returns what is kept: `md5…` or `sha256|digest|salt`
 * @throws Error whose message is the refusal
 */
export function stored(username: string, text: string): string {
  if (MD5.test(text) || SHA256.test(text)) return text.toLowerCase();
  if (!text.startsWith('sha256|')) return `md5${hash('md5', checked(text), username).toString('hex')}`;
  const salt = randomBytes(32);
  const digest = hash('sha256', checked(text.slice('sha256|'.length)), salt).toString('hex');
  return `sha256|${digest}|${salt.toString('hex')}`;
}

/** The rules hold for what is not hashed yet. */
function checked(password: string): string {
  const refuse = (what: string) => {
    throw new Error(what);
  };
  if (password.length < 8) refuse('password must be at least 8 characters long');
  if (password.length > 64) refuse('password must be at most 64 characters long');
  if (!/[A-Z]/.test(password)) refuse('password must contain an uppercase letter');
  if (!/[a-z]/.test(password)) refuse('password must contain a lowercase letter');
  if (!/\d/.test(password)) refuse('password must contain a number');
  if (!/^[\x21-\x7e]+$/.test(password) || /['"\\/@]/.test(password))
    refuse('password must not contain quotes, slashes, @, spaces or characters beyond ASCII');
  return password;
}

export interface Challenge {
  readonly request: Buffer;
  /** @param letter and body of the client's answer */
  isProved(letter: string, body: Buffer): boolean;
}

/** A user without a password is asked for one all the same, by md5, and never proves it. */
export function challengeFor(kept: string | undefined): Challenge {
  const [, digest, salt] = SHA256.exec(kept ?? '') ?? [];
  return digest !== undefined && salt !== undefined
    ? sha256Challenge(Buffer.from(digest, 'hex'), Buffer.from(salt, 'hex'))
    : md5Challenge(kept);
}

function md5Challenge(kept: string | undefined): Challenge {
  const salt = randomBytes(4);
  return {
    request: message('R', int32(5), salt),
    isProved: (letter, body) =>
      kept !== undefined &&
      letter === 'p' &&
      isEqual(body, Buffer.from(`md5${hash('md5', kept.slice(3), salt).toString('hex')}\0`)),
  };
}

function sha256Challenge(digest: Buffer, salt: Buffer): Challenge {
  const nonce = Buffer.from(String(randomInt(1e12, 1e13)));
  const algorithm = int32(0);
  return {
    request: message('R', int32(13), algorithm, int32(salt.length), salt, int32(nonce.length), nonce),
    isProved: (letter, body) => {
      if (letter !== 'd' || body.length < 40 || body.readInt32BE(0) !== 32) return false;
      const clientNonce = body.subarray(40);
      if (clientNonce.length !== body.readInt32BE(36)) return false;
      return isEqual(body.subarray(4, 36), hash('sha256', digest, nonce, clientNonce));
    },
  };
}

const isEqual = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/**
 * Redshift's own way to prove a password that it keeps as SHA-256, authentication request 13. It is not documented;
 * this does what AWS's drivers do: `handle_AUTHENTICATION_REQUEST` in
 * https://github.com/aws/amazon-redshift-python-driver/blob/master/redshift_connector/core.py
 */
import { createHash, randomInt } from 'node:crypto';
import type { Redacted } from '../../core/redacted.ts';

const SHA256 = 0;

/**
 * @param challenge algorithm, salt and nonce: an integer, and two texts with their lengths
 * @returns the message `d`: the digest and our own nonce, with their lengths; nothing when the challenge is malformed
 */
export function answerTo(challenge: Buffer, password: Redacted): Buffer | undefined {
  if (challenge.length < 4 || challenge.readInt32BE(0) !== SHA256) return undefined;
  const [salt, afterSalt] = takeField(challenge, 4);
  const [serverNonce] = takeField(challenge, afterSalt);
  if (salt === undefined || serverNonce === undefined) return undefined;
  // AWS's drivers send the time in ms; of the same length, this cannot be foreseen.
  const nonce = Buffer.from(String(randomInt(1e12, 1e13)));
  const proof = sha256(sha256(password.reveal(), salt), serverNonce, nonce);
  const body = Buffer.concat([withLength(proof), withLength(nonce)]);
  return Buffer.concat([Buffer.from('d'), int32(body.length + 4), body]);
}

/** @returns the field at `at`, if it is whole, and where the next one begins */
function takeField(bytes: Buffer, at: number): [Buffer | undefined, number] {
  if (at + 4 > bytes.length) return [undefined, at];
  const end = at + 4 + bytes.readUInt32BE(at);
  return [end > bytes.length ? undefined : bytes.subarray(at + 4, end), end];
}

function sha256(...parts: readonly (string | Buffer)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const withLength = (bytes: Buffer): Buffer => Buffer.concat([int32(bytes.length), bytes]);

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

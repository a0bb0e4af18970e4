/** Making versions of a secret. */
import { Redacted } from '../../shared/core/redacted.ts';
import { invalidParameter, limitExceeded, resourceExists, validationError } from './errors.ts';
import { stagesOf } from './labels.ts';
import { type Secret, sameValue, type Value, type Version } from './secret.ts';

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
const MOST_VERSIONS = 100;
const MOST_BYTES = 65_536;
/** Versions without a label may be removed only beyond the quota, and never while younger than this. */
const KEPT_MS = 24 * 3_600_000;

export interface ValueInput {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: string | undefined;
}

/**
 * @returns `undefined` when the input has neither text nor bytes.
 * @throws ServiceError InvalidParameterException for both, ValidationException beyond 64 KiB.
 */
export function readValue({ SecretString, SecretBinary }: ValueInput): Value | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined)
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  if (SecretString !== undefined)
    return limited('SecretString', SecretString, Buffer.byteLength(SecretString));
  if (SecretBinary !== undefined)
    return limited('SecretBinary', SecretBinary, Buffer.byteLength(SecretBinary, 'base64'));
  return undefined;
}

/**
 * Whether the version already exists with this very value, so that the call is to be ignored.
 * An empty version does not count: to fill it is how a rotation works.
 * @throws ServiceError ResourceExistsException when it has another value: a version's value never changes.
 */
export function alreadyStored(secret: Secret, versionId: string, value: Value | undefined): boolean {
  const stored = secret.versions.get(versionId)?.value;
  if (stored === undefined) return false;
  if (value !== undefined && sameValue(stored, value)) return true;
  throw resourceExists(
    `You can't use ClientRequestToken ${versionId} because that value is already in use for a version of secret ${secret.arn}.`,
  );
}

/** @throws ServiceError LimitExceededException when 100 versions exist of which none may be removed. */
export function addVersion(secret: Secret, version: Version): void {
  if (!secret.versions.has(version.id)) makeRoom(secret, version.createdAt);
  secret.versions.set(version.id, version);
}

function makeRoom(secret: Secret, now: number): void {
  if (secret.versions.size < MOST_VERSIONS) return;
  const oldest = [...secret.versions.values()].find(({ id }) => stagesOf(secret, id).length === 0);
  if (oldest === undefined || now - oldest.createdAt < KEPT_MS)
    throw limitExceeded(`You can't have more than ${MOST_VERSIONS} versions of a secret.`);
  secret.versions.delete(oldest.id);
}

function limited(field: Value['field'], content: string, bytes: number): Value {
  const length = (limit: string) =>
    validationError(
      `1 validation error detected: Value at '${field}' failed to satisfy constraint: Member must have length ${limit}`,
    );
  if (bytes > MOST_BYTES) throw length(`less than or equal to ${MOST_BYTES}`);
  if (bytes === 0) throw length('greater than or equal to 1');
  return { field, content: new Redacted(content) };
}

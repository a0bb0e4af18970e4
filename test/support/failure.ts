/** The error that a promise must end with, known to be one of Keyturn's. */
import { isKeyturnError, type KeyturnError } from '../../shared/core/errors.ts';

/** @throws Error when there is none, or a foreign one. */
export async function failure(promise: Promise<unknown>): Promise<KeyturnError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isKeyturnError(error)) return error;
  throw new Error('A KeyturnError was expected.', { cause: error });
}

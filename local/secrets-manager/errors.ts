/** Errors as Secrets Manager names and words them. A message never holds a value, even where the real one would. */

export class ServiceError extends Error {
  readonly status: number;

  /** @param name the error's name on the wire; @param status the HTTP status: 400, or 500 for the service's own. */
  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

export const invalidParameter = (message: string) => new ServiceError('InvalidParameterException', message);
export const invalidRequest = (message: string) => new ServiceError('InvalidRequestException', message);
export const limitExceeded = (message: string) => new ServiceError('LimitExceededException', message);
export const resourceExists = (message: string) => new ServiceError('ResourceExistsException', message);
export const validationError = (message: string) => new ServiceError('ValidationException', message);
export const malformedPolicy = () =>
  new ServiceError('MalformedPolicyDocumentException', 'This resource policy contains a syntax error.');
export const publicPolicy = () =>
  new ServiceError('PublicPolicyException', 'This resource policy grants broad access to the secret.');
/** Worded as IAM does. */
export const unauthorized = (message: string) => new ServiceError('AccessDeniedException', message);
/** Reported by users; not documented. */
export const keyRefused = () => new ServiceError('AccessDeniedException', 'Access to KMS is not allowed');
/** Recorded from the real service by the tests of another emulator. */
export const defaultKey = () =>
  invalidRequest(
    "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
  );
export const throttled = () => new ServiceError('ThrottlingException', 'Rate exceeded');
export const internalError = () =>
  new ServiceError('InternalServiceError', 'An error occurred on the server side.', 500);

export const secretNotFound = () =>
  new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");

export const valueNotFound = (by: 'staging label' | 'VersionId', which: string) =>
  new ServiceError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for ${by}: ${which}`,
  );

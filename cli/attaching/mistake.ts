/** What is told to whoever called, in one line that ends with the fix. */

/** A mistake of the call, or of how things are set up: its message is for a person. */
export class Mistake extends Error {}

const FIXES: Readonly<Record<string, string>> = {
  CredentialsProviderError: 'there are no AWS credentials: set AWS_PROFILE, or log in (aws sso login)',
  ExpiredToken: 'the AWS credentials have expired: log in again',
  ExpiredTokenException: 'the AWS credentials have expired: log in again',
  UnrecognizedClientException: 'AWS does not know these credentials: log in again, and check the Region',
  InvalidClientTokenId: 'AWS does not know these credentials: log in again, and check the Region',
};

/**
 * Runs one call of AWS.
 * @param action as IAM names it
 * @throws Mistake in place of every error that is none
 */
export async function asked<T>(action: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw explained(action, error);
  }
}

function explained(action: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Mistake) return error;
  const fix = FIXES[error.name];
  if (fix !== undefined) return new Mistake(fix);
  if (/^Region is missing/.test(error.message))
    return new Mistake('there is no Region: add --region NAME, or set AWS_REGION');
  if (/^AccessDenied/.test(error.name))
    return new Mistake(
      `you may not call ${action}: have CheckPolicyArn and AttachPolicyArn, which the stack puts out, attached to your role`,
    );
  return '$metadata' in error || 'code' in error
    ? new Mistake(`${action} failed with ${error.name}: ${error.message}`)
    : error;
}

export const isNamed = (error: unknown, name: string): boolean =>
  error instanceof Error && error.name === name;

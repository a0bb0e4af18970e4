/** What may be kept of an AWS SDK error: its name. Messages can quote the request, which may hold the secret. */

/** Nothing about the request is wrong; the same call may succeed later. */
const TRANSIENT =
  /Throttl|TooManyRequests|RequestLimit|LimitExceeded|InternalService|InternalFailure|ServiceUnavailable|Timeout|Networking|ECONN|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE|socket/i;

/** Names that say nothing; the second is Node's when a host has several addresses and none answers. */
const NAMELESS: readonly string[] = ['Error', 'AggregateError'];

export const nameOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'UnknownError';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return NAMELESS.includes(error.name) ? (code ?? error.name) : error.name;
};

export const isTransient = (error: unknown): boolean =>
  TRANSIENT.test(nameOf(error)) || statusOf(error) >= 500;

/** A 5xx answer need not come from the service, so that its body may hold no error name. */
function statusOf(error: unknown): number {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode ?? 0;
}

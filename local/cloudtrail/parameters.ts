/** A call's parameters and answer as CloudTrail writes them: in lower camel case, and without values. */

const VALUES: ReadonlySet<string> = new Set(['SecretString', 'SecretBinary', 'RotationToken']);

/** Of a batch, public records show neither how much was asked for nor which page. */
const PAGING: ReadonlySet<string> = new Set(['MaxResults', 'NextToken']);

/** @returns null where there is none. */
export function requestParameters(action: string, input: unknown): unknown {
  const shown =
    action === 'BatchGetSecretValue' && isObject(input)
      ? Object.fromEntries(Object.entries(input).filter(([key]) => !PAGING.has(key)))
      : input;
  const written = lowered(shown);
  return isObject(written) && Object.keys(written).length === 0 ? null : written;
}

/** Of the answer little is written: which secret it was. */
export function responseElements(action: string, body: object): Readonly<Record<string, unknown>> | null {
  const { ARN, Name, DeletionDate } = body as { ARN?: string; Name?: string; DeletionDate?: number };
  if (ARN === undefined) return null;
  if (action === 'RestoreSecret') return { aRN: ARN, name: Name };
  if (action !== 'DeleteSecret') return { arn: ARN };
  return {
    arn: ARN,
    name: Name,
    ...(DeletionDate !== undefined && { deletionDate: usDate(DeletionDate * 1000) }),
  };
}

/** `Jul 10, 2023, 12:07:59 PM`: the one date that CloudTrail writes so. */
const usDate = (ms: number): string =>
  new Date(ms).toLocaleString('en-US', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([key]) => !VALUES.has(key));
  return Object.fromEntries(entries.map(([key, inner]) => [lowerFirst(key), lowered(inner)]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `KmsKeyId` becomes `kmsKeyId`; what is all capitals stays together, as in `rotationLambdaARN`. */
const lowerFirst = (key: string): string => key.charAt(0).toLowerCase() + key.slice(1);

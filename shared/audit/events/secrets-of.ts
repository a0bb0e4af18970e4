/** The secrets that a record is about, and the version. Each kind of event names them in its own place. */
import type { Logged, Outcome, SecretRef } from './event.ts';
import { asObject, asText, textsOf } from './logged.ts';
import { refusedResource } from './outcome.ts';
import { secretRef } from './secret-ref.ts';

interface Place {
  readonly record: Logged;
  readonly service: string;
  readonly call: string;
  readonly accountId: string;
  readonly region: string;
  readonly outcome: Outcome;
}

export function secretsOf(place: Place): readonly SecretRef[] {
  const { accountId, region } = place;
  const ids = idsOf(place);
  if (ids.length === 0) return [];
  if (ids.length === 1) return [secretRef(ids[0] ?? '', accountId, region)];
  const refs = ids.map((id) => secretRef(id, accountId, region));
  return [...new Map(refs.map((ref) => [ref.key, ref])).values()];
}

function idsOf(place: Place): readonly string[] {
  const { record, service } = place;
  const request = asObject(record['requestParameters']);
  if (service === 'secretsmanager') return idsOfOwnService(place, request);
  if (service === 'kms') return listed(asText(asObject(request?.['encryptionContext'])?.['SecretARN']));
  if (service === 'ssm') return referenced(request);
  return [];
}

function idsOfOwnService({ record, call, outcome }: Place, request: Logged | undefined): readonly string[] {
  if (call === 'BatchGetSecretValue') return textsOf(request?.['secretIdList']);
  return listed(
    ofResources(record) ??
      arnAmong(asText(request?.['secretId'])) ??
      ofResponse(record) ??
      asText(request?.['secretId']) ??
      (call === 'CreateSecret' ? asText(request?.['name']) : undefined) ??
      ofService(record) ??
      ofRefusal(outcome),
  );
}

const listed = (id: string | undefined): readonly string[] => (id === undefined ? [] : [id]);

const arnAmong = (id: string | undefined): string | undefined => (id?.startsWith('arn:') ? id : undefined);

const ofResources = (record: Logged): string | undefined => resourceIn(record, isOfSecret);

export const isOfSecret = (arn: string): boolean => arn.includes(':secret:');

/** @returns the first ARN of the record's resources that is wanted */
export function resourceIn(record: Logged, isWanted: (arn: string) => boolean): string | undefined {
  const resources = record['resources'];
  if (!Array.isArray(resources)) return undefined;
  for (const resource of resources) {
    const arn = asText(asObject(resource)?.['ARN']);
    if (arn !== undefined && isWanted(arn)) return arn;
  }
  return undefined;
}

/** `aRN` until February 2024. */
function ofResponse(record: Logged): string | undefined {
  const response = asObject(record['responseElements']);
  return asText(response?.['arn']) ?? asText(response?.['aRN']);
}

/** What Secrets Manager does by itself: rotations, and deletions of versions. */
function ofService(record: Logged): string | undefined {
  const data = asObject(record['additionalEventData']);
  return (
    asText(data?.['SecretId']) ??
    asText(data?.['ARN']) ??
    asText(data?.['Name']) ??
    asText(asObject(record['serviceEventDetails'])?.['secretId'])
  );
}

/** A refused ListSecrets names `*`. */
function ofRefusal({ is, message }: Outcome): string | undefined {
  const resource = is === 'denied' ? refusedResource(message) : undefined;
  return resource === undefined || resource === '*' ? undefined : resource;
}

const REFERENCE = '/aws/reference/secretsmanager/';

/** Parameter Store hands out secrets under a path of their names. */
const referenced = (request: Logged | undefined): readonly string[] =>
  [...listed(asText(request?.['name'])), ...textsOf(request?.['names'])]
    .map((name) => name.slice(name.indexOf(REFERENCE)))
    .filter((name) => name.startsWith(REFERENCE))
    .map((name) => name.slice(REFERENCE.length));

/** @returns the version id read, made or moved to; undefined where the call names none. */
export function versionOf(record: Logged, call: string): string | undefined {
  const request = asObject(record['requestParameters']);
  const context = asObject(request?.['encryptionContext']);
  if (context !== undefined) return asText(context?.['SecretVersionId']);
  return (
    asText(request?.['versionId']) ??
    asText(request?.['moveToVersionId']) ??
    asText(request?.['clientRequestToken']) ??
    (call.includes('Rotation') ? tokenIn(asText(record['requestID'])) : undefined)
  );
}

/** `Rotation-ARN-TOKEN`, and the token is a UUID. */
const tokenIn = (requestId: string | undefined): string | undefined =>
  /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.exec(requestId ?? '')?.[0];

/** The secrets that a record is about, and the version. Each kind of event names them in its own place. */
import type { Logged, Outcome, SecretRef } from './event.ts';
import { asObject, objectIn, objectsIn, textIn, textsIn } from './logged.ts';
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
  const request = objectIn(record, 'requestParameters');
  if (service === 'secretsmanager') return idsOfOwnService(place, request);
  if (service === 'kms') return listed(textIn(objectIn(request, 'encryptionContext'), 'SecretARN'));
  if (service === 'ssm') return referenced(request);
  return [];
}

function idsOfOwnService({ record, call, outcome }: Place, request: Logged | undefined): readonly string[] {
  if (call === 'BatchGetSecretValue') return textsIn(request, 'secretIdList');
  return listed(
    ofResources(record) ??
      arnAmong(textIn(request, 'secretId')) ??
      ofResponse(record) ??
      textIn(request, 'secretId') ??
      (call === 'CreateSecret' ? textIn(request, 'name') : undefined) ??
      ofService(record) ??
      ofRefusal(outcome),
  );
}

const listed = (id: string | undefined): readonly string[] => (id === undefined ? [] : [id]);

const arnAmong = (id: string | undefined): string | undefined => (id?.startsWith('arn:') ? id : undefined);

const ofResources = (record: Logged): string | undefined =>
  objectsIn(record, 'resources')
    .map((resource) => textIn(resource, 'ARN'))
    .find((arn) => arn?.includes(':secret:'));

/** `aRN` until February 2024. */
function ofResponse(record: Logged): string | undefined {
  const response = objectIn(record, 'responseElements');
  return textIn(response, 'arn') ?? textIn(response, 'aRN');
}

/** What Secrets Manager does by itself: rotations, and deletions of versions. */
function ofService(record: Logged): string | undefined {
  const data = objectIn(record, 'additionalEventData');
  return (
    textIn(data, 'SecretId') ??
    textIn(data, 'ARN') ??
    textIn(data, 'Name') ??
    textIn(objectIn(record, 'serviceEventDetails'), 'secretId')
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
  [...listed(textIn(request, 'name')), ...textsIn(request, 'names')]
    .map((name) => name.slice(name.indexOf(REFERENCE)))
    .filter((name) => name.startsWith(REFERENCE))
    .map((name) => name.slice(REFERENCE.length));

/** @returns the version id read, made or moved to; undefined where the call names none. */
export function versionOf(record: Logged, call: string): string | undefined {
  const request = objectIn(record, 'requestParameters');
  const context = asObject(request?.['encryptionContext']);
  if (context !== undefined) return textIn(context, 'SecretVersionId');
  return (
    textIn(request, 'versionId') ??
    textIn(request, 'moveToVersionId') ??
    textIn(request, 'clientRequestToken') ??
    (call.includes('Rotation') ? tokenIn(textIn(record, 'requestID')) : undefined)
  );
}

/** `Rotation-ARN-TOKEN`, and the token is a UUID. */
const tokenIn = (requestId: string | undefined): string | undefined =>
  /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.exec(requestId ?? '')?.[0];

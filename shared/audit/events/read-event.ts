/**
 * The one reader of events. It is written by hand, because a schema would halve the throughput. Fields that are not
 * known pass; fields that are missing leave theirs absent; only what cannot be told apart or dated is unreadable.
 */
import { hash } from 'node:crypto';
import { kept } from '../../core/kept.ts';
import type { AuditEvent, EventKind, Logged, Unreadable } from './event.ts';
import { asObject, asText } from './logged.ts';
import { nativeEvent } from './native-event.ts';
import { outcomeOf } from './outcome.ts';
import { readOwnEvent } from './own-events.ts';
import { principalOf } from './principal.ts';
import { isOfSecret, resourceIn, secretsOf, versionOf } from './secrets-of.ts';
import { timeOf } from './time.ts';

export const isUnreadable = (read: AuditEvent | Unreadable): read is Unreadable => 'reason' in read;

/**
 * @param raw a record of CloudTrail, or an event of EventBridge: CloudTrail's, Secrets Manager's own, or Keyturn's.
 * @returns undefined for an event that no detector could want.
 */
export function readEvent(raw: unknown): AuditEvent | Unreadable | undefined {
  const event = asObject(raw);
  if (event === undefined) return { reason: 'is not a JSON object', id: undefined };
  const detail = asObject(event['detail']);
  const type = asText(event['detail-type']);
  if (type === undefined || detail === undefined) return readRecord(event);
  if (type === 'Secret Label Updated') return readLabel(event, detail);
  if (event['source'] === 'keyturn') return readOwnEvent(event, detail, type);
  return type.endsWith(' via CloudTrail') ? readRecord(detail, event) : undefined;
}

/** Services whose reads matter; of the others only changes do. */
const READ_MATTERS: ReadonlySet<string> = new Set(['secretsmanager', 'kms', 'ssm']);
const WRITE_MATTERS: ReadonlySet<string> = new Set([
  'cloudtrail',
  'dynamodb',
  'events',
  'iam',
  'lambda',
  'logs',
  'rds',
  'sns',
  'sqs',
]);

/** A service, of which nearly all records are of a few calls. */
interface Service {
  readonly service: string;
  readonly readsMatter: boolean;
  readonly writesMatter: boolean;
  /** One text for each name, because what is known goes by it. */
  readonly nameOf: (call: string) => string;
}

const serviceOf = kept(1000, (source): Service => {
  const service = source.slice(0, source.indexOf('.'));
  const readsMatter = READ_MATTERS.has(service);
  return {
    service,
    readsMatter,
    writesMatter: readsMatter || WRITE_MATTERS.has(service),
    nameOf: kept(1000, (call) => `${service}:${service === 'lambda' ? undated(call) : call}`),
  };
});

/** The names of Lambda's calls end with a date. */
const undated = (call: string): string => call.replace(/20\d{6}(v\d+)?$/, '');

function readRecord(record: Logged, envelope?: Logged): AuditEvent | Unreadable | undefined {
  const source = asText(record['eventSource']);
  const call = asText(record['eventName']);
  const id = asText(record['eventID']);
  if (source === undefined) return { reason: 'has no eventSource', id };
  if (call === undefined) return { reason: 'has no eventName', id };
  const service = serviceOf(source);
  if (!service.readsMatter && (record['readOnly'] === true || !service.writesMatter)) return undefined;
  const time = timeOf(asText(record['eventTime']));
  if (time === undefined) return { reason: 'has no eventTime that is a date', id };
  return wanted(flat(record, envelope, { id: idOf(record), service, call, time }));
}

/** A corrected copy is the event it corrects. Records that passed through other tools may have lost their ids. */
const idOf = (record: Logged): string =>
  asText(asObject(record['addendum'])?.['originalEventID']) ??
  asText(record['eventID']) ??
  asText(record['requestID']) ??
  hash('sha1', JSON.stringify(record));

interface Basics {
  readonly id: string;
  readonly service: Service;
  readonly call: string;
  readonly time: number;
}

function flat(record: Logged, envelope: Logged | undefined, basics: Basics): AuditEvent {
  const { id, call, time } = basics;
  const { service, nameOf } = basics.service;
  const principal = principalOf(asObject(record['userIdentity']));
  const accountId =
    asText(record['recipientAccountId']) ?? principal.accountId ?? asText(envelope?.['account']) ?? '';
  const region = asText(record['awsRegion']) ?? asText(envelope?.['region']) ?? '';
  const logged = asObject(record['requestParameters']);
  const omitted = logged?.['omitted'] === true;
  const outcome = outcomeOf(record);
  return {
    kind: kindOf(record, service, principal.invokedBy),
    id,
    sharedId: asText(record['sharedEventID']),
    time,
    name: nameOf(call),
    accountId,
    region,
    principal,
    origin: {
      address: asText(record['sourceIPAddress']) ?? '',
      vpcEndpointId: asText(record['vpcEndpointId']),
      endpointAccountId:
        record['vpcEndpointId'] === undefined ? undefined : asText(record['vpcEndpointAccountId']),
      userAgent: unwrapped(asText(record['userAgent']) ?? ''),
    },
    outcome,
    secrets: secretsOf({ record, service, call, accountId, region, outcome }),
    resource: resourceOf(record),
    versionId: versionOf(record, call),
    request: omitted ? undefined : logged,
    response: asObject(record['responseElements']),
    details: asObject(record['additionalEventData']) ?? asObject(record['serviceEventDetails']),
    omitted,
  };
}

function kindOf(record: Logged, service: string, invokedBy: string | undefined): EventKind {
  const type = record['eventType'];
  if (type === 'AwsServiceEvent') return 'service';
  if (type === 'AwsVpceEvent' || record['eventCategory'] === 'NetworkActivity') return 'witness';
  return service === 'kms' && invokedBy?.startsWith('secretsmanager.') === true ? 'witness' : 'call';
}

/** Most of what KMS and Systems Manager do has nothing to do with secrets. */
function wanted(event: AuditEvent): AuditEvent | undefined {
  const { name, secrets, kind } = event;
  if (name.startsWith('ssm:')) return secrets.length > 0 ? event : undefined;
  if (!name.startsWith('kms:')) return event;
  if (kind === 'witness') return secrets.length > 0 ? event : undefined;
  return KEY_CHANGES.has(name) ? event : undefined;
}

const KEY_CHANGES: ReadonlySet<string> = new Set(
  ['DisableKey', 'EnableKey', 'ScheduleKeyDeletion', 'CancelKeyDeletion', 'PutKeyPolicy', 'CreateGrant'].map(
    (call) => `kms:${call}`,
  ),
);

const resourceOf = (record: Logged): string | undefined => resourceIn(record, (arn) => !isOfSecret(arn));

const unwrapped = (agent: string): string =>
  agent.startsWith('[') && agent.endsWith(']') ? agent.slice(1, -1) : agent;

/** Secrets Manager's native event: which label, on which version; not who moved it. */
function readLabel(event: Logged, detail: Logged): AuditEvent | Unreadable {
  const [arn] = Array.isArray(event['resources']) ? event['resources'] : [];
  return nativeEvent(event, detail, {
    kind: 'label',
    name: 'secretsmanager:SecretLabelUpdated',
    by: 'secretsmanager.amazonaws.com',
    secretId: typeof arn === 'string' ? arn : asText(detail?.['name']),
    outcome: outcomeOf({}),
  });
}

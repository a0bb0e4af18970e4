/**
 * CloudTrail over the model: a record of every call, KMS's record of every value that was decrypted, and the events of
 * what Secrets Manager does by itself, all in EventBridge's envelopes. Shapes are those of public records; where none
 * is public (UpdateSecretVersionStage, RotationStarted, RotationAbandoned, the calls and events of replication), of the
 * documentation, which says their names and not all of their fields.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
 */
import { randomUUID } from 'node:crypto';
import type { EventBus } from '../event-bus.ts';
import type { ReplicationNews } from '../secrets-manager/replication.ts';
import type { RotationNews } from '../secrets-manager/rotations.ts';
import type { Secret } from '../secrets-manager/secret.ts';
import type { Call, Reply } from '../secrets-manager/wire.ts';
import type { Caller, Identity } from './caller.ts';
import { requestParameters, responseElements } from './parameters.ts';

export interface TrailOptions {
  readonly bus: EventBus;
  readonly region: string;
  readonly accountId: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /**
   * Whether a batch is also told as a GetSecretValue for each secret. The API reference says so; public records of
   * batches have none.
   */
  readonly batchFanOut: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const READS = /^(Get|List|Describe|BatchGet|Validate)/;
const SERVICE = 'secretsmanager.amazonaws.com';

export class Trail {
  readonly #options: TrailOptions;
  /** What each secret's AWSCURRENT and custom labels were on, by ARN. */
  readonly #labels = new Map<string, ReadonlyMap<string, string>>();

  constructor(options: TrailOptions) {
    this.#options = options;
  }

  /** @param find a secret by its id */
  called(call: Call, caller: Caller, reply: Reply, find: (secretId: string) => Secret | undefined): void {
    this.#call(call, caller, reply);
    if (reply.status !== 200) return;
    const read = readBy(call.action, reply.body);
    for (const { ARN, VersionId } of read) {
      const secret = find(ARN);
      const single = { ...call, action: 'GetSecretValue', input: { SecretId: ARN } };
      if (call.action !== single.action && this.#options.batchFanOut) this.#call(single, caller, reply);
      if (secret !== undefined) this.#decrypted(caller, VersionId, secret);
    }
  }

  #call(call: Call, caller: Caller, reply: Reply): void {
    const error = errorOf(reply);
    this.#write('aws.secretsmanager', caller.identity, {
      ...this.#basics(call.action, SERVICE),
      sourceIPAddress: caller.sourceAddress,
      userAgent: call.userAgent,
      requestParameters: isUnauthorized(error) ? null : requestParameters(call.action, call.input),
      responseElements:
        READS.test(call.action) || reply.status !== 200 ? null : responseElements(call.action, reply.body),
      ...error,
      requestID: call.requestId,
      readOnly: READS.test(call.action),
      eventType: 'AwsApiCall',
      managementEvent: true,
      eventCategory: 'Management',
    });
  }

  /** KMS tells the version, and who asked; from where is Secrets Manager. */
  #decrypted({ identity }: Caller, versionId: string, { arn, kmsKeyId }: Secret): void {
    const { region, accountId } = this.#options;
    const key = kmsKeyId ?? `arn:aws:kms:${region}:${accountId}:key/11111111-2222-3333-4444-555555555555`;
    this.#write(
      'aws.kms',
      { ...identity, invokedBy: SERVICE },
      {
        ...this.#basics('Decrypt', 'kms.amazonaws.com'),
        sourceIPAddress: SERVICE,
        userAgent: SERVICE,
        requestParameters: {
          encryptionContext: { SecretARN: arn, SecretVersionId: versionId },
          encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        },
        responseElements: null,
        requestID: randomUUID(),
        readOnly: true,
        resources: [{ accountId, type: 'AWS::KMS::Key', ARN: key }],
        eventType: 'AwsApiCall',
        managementEvent: true,
        eventCategory: 'Management',
      },
    );
  }

  /** A rotation, or its test, has begun or ended. */
  rotation({ secretArn, versionId, name, error }: RotationNews): void {
    this.#ofService(name, secretArn, {
      ...(error !== undefined && { errorMessage: error }),
      requestID: `Rotation-${secretArn}-${versionId}`,
    });
  }

  /** A copy is being made, or was, or could not be. */
  replication({ secretArn, name }: ReplicationNews): void {
    this.#ofService(name, secretArn, { requestID: randomUUID() });
  }

  #ofService(name: string, secretArn: string, more: Json): void {
    const { accountId } = this.#options;
    this.#put('AWS Service Event via CloudTrail', 'aws.secretsmanager', {
      ...{ ...this.#basics(name, SERVICE), eventID: randomUUID(), recipientAccountId: accountId },
      userIdentity: { accountId, invokedBy: SERVICE },
      sourceIPAddress: SERVICE,
      userAgent: SERVICE,
      requestParameters: null,
      responseElements: null,
      additionalEventData: { SecretId: secretArn },
      ...more,
      readOnly: false,
      eventType: 'AwsServiceEvent',
      managementEvent: true,
      eventCategory: 'Management',
    });
  }

  /** Tells by Secrets Manager's native event which labels moved. AWSPENDING and AWSPREVIOUS are not told. */
  changed({ arn, name, labels }: Secret): void {
    const before = this.#labels.get(arn) ?? new Map();
    this.#labels.set(arn, new Map(labels));
    for (const [label, versionId] of labels) {
      if (label === 'AWSPENDING' || label === 'AWSPREVIOUS' || before.get(label) === versionId) continue;
      this.#put('Secret Label Updated', 'aws.secretsmanager', { name, labelUpdated: label, versionId }, [
        arn,
      ]);
    }
  }

  /**
   * In the caller's account and, where that is another, in this one too, which learns little more of the caller than the
   * account. It does not learn of what policies refused: so the documentation of KMS has it of its calls, and none of
   * others.
   */
  #write(source: string, userIdentity: Identity, detail: Json): void {
    const { accountId: owner } = this.#options;
    const { accountId, principalId, invokedBy } = userIdentity;
    const twice = accountId !== owner && !isUnauthorized(detail);
    const shared = twice ? { sharedEventID: randomUUID() } : {};
    const write = (identity: Json, recipientAccountId: string) => {
      const ids = { eventID: randomUUID(), recipientAccountId, ...shared };
      const record = { ...detail, ...ids, userIdentity: identity };
      this.#put('AWS API Call via CloudTrail', source, record, [], recipientAccountId);
    };
    write({ ...userIdentity }, accountId);
    const service = invokedBy === undefined ? {} : { invokedBy };
    if (twice) write({ type: 'AWSAccount', principalId, accountId, ...service }, owner);
  }

  #basics(eventName: string, eventSource: string): Json {
    const { region, now } = this.#options;
    return {
      ...{ eventVersion: '1.11', eventTime: seconds(now()) },
      ...{ eventSource, eventName, awsRegion: region },
    };
  }

  #put(
    type: string,
    source: string,
    detail: Json,
    resources: readonly string[] = [],
    account = this.#options.accountId,
  ): void {
    const { bus, region, now } = this.#options;
    bus.put({
      'detail-type': type,
      source,
      account,
      region,
      time: seconds(now()),
      resources,
      detail,
    });
  }
}

interface Read {
  readonly ARN: string;
  readonly VersionId: string;
}

/** The values that an answer held. */
function readBy(action: string, body: object): readonly Read[] {
  if (action === 'GetSecretValue') return [body as Read];
  return action === 'BatchGetSecretValue' ? (body as { SecretValues: Read[] }).SecretValues : [];
}

const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The body of a failed call names the error; CloudTrail has the same name, but for one, and message. */
function errorOf({ status, body }: Reply): Json {
  if (status === 200) return {};
  const { __type: errorCode, message: errorMessage } = body as { __type?: string; message?: string };
  return { errorCode: errorCode === 'AccessDeniedException' ? 'AccessDenied' : errorCode, errorMessage };
}

/** Whether policies refused it. Of such a call public records have no parameters. */
const isUnauthorized = ({ errorMessage = '' }: Json): boolean =>
  String(errorMessage).includes(' is not authorized to perform: ');

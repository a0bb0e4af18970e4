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
import { type Caller, roleCaller } from './caller.ts';
import { requestParameters, responseElements } from './parameters.ts';

export interface TrailOptions {
  readonly bus: EventBus;
  readonly region: string;
  readonly accountId: string;
  /** By access key id. Who is not among them has a role of the key's name. */
  readonly callers: ReadonlyMap<string, Caller>;
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
  called(call: Call, reply: Reply, find: (secretId: string) => Secret | undefined): void {
    this.#call(call, reply);
    if (reply.status !== 200) return;
    const read = readBy(call.action, reply.body);
    for (const { ARN, VersionId } of read) {
      const secret = find(ARN);
      const single = { ...call, action: 'GetSecretValue', input: { SecretId: ARN } };
      if (call.action !== single.action && this.#options.batchFanOut) this.#call(single, reply);
      if (secret !== undefined) this.#decrypted(call, VersionId, secret);
    }
  }

  #call(call: Call, reply: Reply): void {
    const { identity, sourceAddress } = this.#callerOf(call);
    this.#put('AWS API Call via CloudTrail', 'aws.secretsmanager', {
      ...this.#basics(call.action, SERVICE),
      userIdentity: identity,
      sourceIPAddress: sourceAddress,
      userAgent: call.userAgent,
      requestParameters: requestParameters(call.action, call.input),
      responseElements:
        READS.test(call.action) || reply.status !== 200 ? null : responseElements(call.action, reply.body),
      ...errorOf(reply),
      requestID: call.requestId,
      readOnly: READS.test(call.action),
      eventType: 'AwsApiCall',
      managementEvent: true,
      eventCategory: 'Management',
    });
  }

  /** KMS tells the version, and who asked; from where is Secrets Manager. */
  #decrypted(call: Call, versionId: string, { arn, kmsKeyId }: Secret): void {
    const { region, accountId } = this.#options;
    const key = kmsKeyId ?? `arn:aws:kms:${region}:${accountId}:key/11111111-2222-3333-4444-555555555555`;
    this.#put('AWS API Call via CloudTrail', 'aws.kms', {
      ...this.#basics('Decrypt', 'kms.amazonaws.com'),
      userIdentity: { ...this.#callerOf(call).identity, invokedBy: SERVICE },
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
    });
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
    this.#put('AWS Service Event via CloudTrail', 'aws.secretsmanager', {
      ...this.#basics(name, SERVICE),
      userIdentity: { accountId: this.#options.accountId, invokedBy: SERVICE },
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

  #callerOf({ caller }: Call): Caller {
    return this.#options.callers.get(caller) ?? roleCaller(this.#options.accountId, caller, caller);
  }

  #basics(eventName: string, eventSource: string): Json {
    const { region, accountId, now } = this.#options;
    return {
      eventVersion: '1.11',
      eventID: randomUUID(),
      eventTime: seconds(now()),
      eventSource,
      eventName,
      awsRegion: region,
      recipientAccountId: accountId,
    };
  }

  #put(type: string, source: string, detail: Json, resources: readonly string[] = []): void {
    const { bus, region, accountId, now } = this.#options;
    bus.put({
      'detail-type': type,
      source,
      account: accountId,
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

/** The body of a failed call names the error; CloudTrail has the same name and message. */
function errorOf({ status, body }: Reply): Json {
  if (status === 200) return {};
  const { __type: errorCode, message: errorMessage } = body as { __type?: string; message?: string };
  return { errorCode, errorMessage };
}

/**
 * What the audit knows of one thing that happened, in one flat form whatever it came from: CloudTrail's management
 * and service events, Secrets Manager's own label event, and what the sweep and the rotation functions tell.
 */

/** A JSON object as it was logged; nothing in it may be trusted to be there. */
export type Logged = Readonly<Record<string, unknown>>;

export type EventKind =
  /** Somebody called an API. */
  | 'call'
  /** A second record of a call that has, or should have, its own: KMS on behalf of Secrets Manager, a VPC endpoint. */
  | 'witness'
  /** Secrets Manager did something by itself: rotation, deletion of a version, replication. */
  | 'service'
  /** Secrets Manager's native event about a label; it needs no trail. */
  | 'label'
  /** The sweep found a secret so; `inventory` says how. */
  | 'seen'
  /** The sweep's clock: time has passed, and something may be missing. */
  | 'tick'
  /** A step of a rotation function failed; `error` holds the outcome line's code and cause. */
  | 'step';

export interface AuditEvent {
  readonly kind: EventKind;
  /** Copies of one event share it: CloudTrail's eventID. */
  readonly id: string;
  /** Records of one call in two accounts, or by way of a VPC endpoint, share it: CloudTrail's sharedEventID. */
  readonly sharedId: string | undefined;
  /** When it happened, in milliseconds since 1970. CloudTrail's precision is a second. */
  readonly time: number;
  /** The service without its domain, and the call: `secretsmanager:GetSecretValue`. Detectors are chosen by it. */
  readonly name: string;
  /** The account whose trail this is: the owner of the secret. */
  readonly accountId: string;
  readonly region: string;
  readonly principal: Principal;
  /** Where the call came from. */
  readonly origin: Origin;
  readonly outcome: Outcome;
  /** The secrets it is about, each once; none for a denied ListSecrets, many for a batch. */
  readonly secrets: readonly SecretRef[];
  /** ARN of what it is about besides a secret: a key of KMS, a role, a database. Where the record lists it. */
  readonly resource: string | undefined;
  /** The version id read or moved, where it is known. */
  readonly versionId: string | undefined;
  /** requestParameters; absent when access was denied, or when it was omitted for its size. */
  readonly request: Logged | undefined;
  /** responseElements. */
  readonly response: Logged | undefined;
  /** additionalEventData or serviceEventDetails; the detail of a native event; the sweep's inventory of a secret. */
  readonly details: Logged | undefined;
  /** CloudTrail left the request out because it was too large. */
  readonly omitted: boolean;
}

export type PrincipalType =
  /** A role used by software. */
  | 'role'
  /** A person's session of IAM Identity Center (`AWSReservedSSO_…`). */
  | 'person'
  | 'user'
  | 'root'
  | 'federated'
  /** Another account: whom, only its own trail says. */
  | 'account'
  | 'service'
  | 'unknown';

export interface Principal {
  /**
   * The same for all sessions of one actor: the role's ARN, followed by `/` and the session for a person; the user's
   * ARN; `ACCOUNT:root`; the account's number; the service's domain name.
   */
  readonly key: string;
  readonly type: PrincipalType;
  /** As logged: for a role the ARN of the session. */
  readonly arn: string | undefined;
  /** The account that the principal belongs to; undefined for services. */
  readonly accountId: string | undefined;
  /** The name of the role session: `i-…` for an instance, the function's name for Lambda, the person for single sign-on. */
  readonly session: string | undefined;
  readonly accessKeyId: string | undefined;
  /** The service that made the call with the principal's credentials, if any. */
  readonly invokedBy: string | undefined;
}

export interface Origin {
  /** IPv4 or IPv6 address, a service's domain name, or `AWS Internal`. Behind a VPC endpoint the caller may choose it. */
  readonly address: string;
  readonly vpcEndpointId: string | undefined;
  /** Whose the endpoint is. */
  readonly endpointAccountId?: string | undefined;
  /** As logged, at most 1,024 characters: the caller chose it. */
  readonly userAgent: string;
}

export interface Outcome {
  /** `ok`; `denied` by a policy; `failed` for another reason. */
  readonly is: 'ok' | 'denied' | 'failed';
  /** CloudTrail's errorCode, or a Keyturn error's; empty where there is only a message, or none. */
  readonly code: string;
  readonly message: string;
}

export interface SecretRef {
  /** `ACCOUNT/REGION/NAME`, the same whether the secret was named by its ARN or its name. */
  readonly key: string;
  readonly name: string;
  /** Where one was logged with its random suffix. */
  readonly arn: string | undefined;
}

/** In place of an event that cannot be told apart or dated. */
export interface Unreadable {
  /** What is wrong, naming the field; it quotes nothing of the record. */
  readonly reason: string;
  readonly id: string | undefined;
}

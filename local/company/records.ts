/** CloudTrail records of an invented company. */
export type CloudTrailRecord = Readonly<Record<string, unknown>>;

export const ACCOUNT = '111122223333';
export const STRANGER = '444455556666';
export const HOME = 'eu-central-1';
/** The key of all secrets. */
export const KEY = `arn:aws:kms:${HOME}:${ACCOUNT}:key/company`;

export interface Actor {
  readonly identity: Readonly<Record<string, unknown>>;
  readonly userAgent: string;
  /** The address of a call, which may be another each time. */
  readonly address: () => string;
  readonly vpcEndpointId?: string;
}

export interface CallOptions {
  readonly region?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly more?: Readonly<Record<string, unknown>>;
}

let number = 0;

/** @param request null as for a refused call */
export function call(
  actor: Actor,
  time: number,
  source: string,
  name: string,
  request: Readonly<Record<string, unknown>> | null,
  { region = HOME, error, more }: CallOptions = {},
): CloudTrailRecord {
  number += 1;
  const id = String(number).padStart(12, '0');
  return {
    eventVersion: '1.11',
    eventID: `2f5c8a1e-7d30-4b69-9c42-${id}`,
    eventTime: `${new Date(time).toISOString().slice(0, 19)}Z`,
    eventSource: `${source}.amazonaws.com`,
    eventName: name,
    eventType: 'AwsApiCall',
    eventCategory: 'Management',
    managementEvent: true,
    awsRegion: region,
    recipientAccountId: ACCOUNT,
    requestID: `b81d4e07-0a5f-4c73-8e16-${id}`,
    readOnly: /^(Get|List|Describe|BatchGet|Decrypt)/.test(name),
    userIdentity: actor.identity,
    sourceIPAddress: actor.address(),
    userAgent: actor.userAgent,
    ...(actor.vpcEndpointId !== undefined && { vpcEndpointId: actor.vpcEndpointId }),
    requestParameters: request,
    responseElements: null,
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: `${source}.${region}.amazonaws.com`,
    },
    ...(error !== undefined && { errorCode: error.code, errorMessage: error.message }),
    ...more,
  };
}

export const read = (actor: Actor, time: number, secretId: string, options?: CallOptions): CloudTrailRecord =>
  call(actor, time, 'secretsmanager', 'GetSecretValue', { secretId }, options);

export const list = (actor: Actor, time: number, options?: CallOptions): CloudTrailRecord =>
  call(actor, time, 'secretsmanager', 'ListSecrets', { maxResults: 100 }, options);

export function refused(
  actor: Actor,
  time: number,
  name: string,
  resource: string,
  region = HOME,
): CloudTrailRecord {
  const message = `User: ${actor.identity['arn']} is not authorized to perform: secretsmanager:${name} on resource: ${resource} because no identity-based policy allows the secretsmanager:${name} action`;
  return call(actor, time, 'secretsmanager', name, null, {
    region,
    error: { code: 'AccessDenied', message },
  });
}

/** A rotation, as Secrets Manager tells it. */
export const serviceEvent = (time: number, name: string, secret: string): CloudTrailRecord => {
  const arn = `arn:aws:secretsmanager:${HOME}:${ACCOUNT}:secret:${secret}-a1B2c3`;
  return call(SECRETS_MANAGER, time, 'secretsmanager', name, null, {
    more: {
      eventType: 'AwsServiceEvent',
      additionalEventData: { SecretId: arn },
      requestID: `Rotation-${arn}-ef16d56f-2337-48d4-927a-${String(time).padStart(12, '0').slice(-12)}`,
    },
  });
};

const SECRETS_MANAGER: Actor = {
  identity: { accountId: ACCOUNT, invokedBy: 'secretsmanager.amazonaws.com' },
  userAgent: 'secretsmanager.amazonaws.com',
  address: () => 'secretsmanager.amazonaws.com',
};

export const roleIdentity = (name: string, session = name, key = `ASIA${name}`, path = '') => ({
  type: 'AssumedRole',
  principalId: `AROA${name}:${session}`,
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/${session}`,
  accountId: ACCOUNT,
  accessKeyId: key,
  sessionContext: {
    sessionIssuer: {
      type: 'Role',
      principalId: `AROA${name}`,
      arn: `arn:aws:iam::${ACCOUNT}:role/${path}${name}`,
      accountId: ACCOUNT,
      userName: name,
    },
    attributes: { creationDate: '2026-06-01T00:00:00Z', mfaAuthenticated: 'false' },
  },
});

export const personIdentity = (name: string, day: number) =>
  roleIdentity(
    'AWSReservedSSO_Developer_0123456789abcdef',
    name,
    `ASIA${name}${day}`,
    'aws-reserved/sso.amazonaws.com/',
  );

export const userIdentity = (name: string, key: string) => ({
  type: 'IAMUser',
  arn: `arn:aws:iam::${ACCOUNT}:user/${name}`,
  accountId: ACCOUNT,
  accessKeyId: key,
  userName: name,
});

/** What KMS writes when Secrets Manager decrypts for somebody. */
export const decrypted = (actor: Actor, time: number, secret: string): CloudTrailRecord => {
  const SecretARN = `arn:aws:secretsmanager:${HOME}:${ACCOUNT}:secret:${secret}-a1B2c3`;
  return call(
    { ...actor, address: () => 'secretsmanager.amazonaws.com' },
    time,
    'kms',
    'Decrypt',
    { encryptionContext: { SecretARN } },
    {
      more: {
        userIdentity: { ...actor.identity, invokedBy: 'secretsmanager.amazonaws.com' },
        userAgent: 'secretsmanager.amazonaws.com',
        resources: [{ ARN: KEY, accountId: ACCOUNT, type: 'AWS::KMS::Key' }],
      },
    },
  );
};

/**
 * Every way Keyturn can fail, on one page. The code is stable: logs, metrics, alerts, tests and
 * docs/errors.md (generated from this table) all use it.
 *
 * A message may hold names, hosts, ARNs and version ids, never a value of the secret, SQL or a driver's text.
 */
export interface ErrorKind {
  /** What is wrong, in plain words. */
  readonly cause: string;
  /** The first thing to do about it. */
  readonly fix: string;
  /** Whether the same attempt may succeed later with nothing changed by a person. */
  readonly retryable: boolean;
}

export const ERRORS = {
  // The invocation and the deployment
  INVALID_EVENT: {
    cause: 'The function was invoked with an event that is not a Secrets Manager rotation event.',
    fix: 'Let Secrets Manager invoke the function, or send {"Step","SecretId","ClientRequestToken"}.',
    retryable: false,
  },
  SECRET_NOT_OURS: {
    cause:
      'A check was asked for a secret that neither names this function as its rotation function nor carries its tag.',
    fix: 'Use npm run attach, which sets the tag while it checks; or tag the secret: keyturn:function=<name of this function>.',
    retryable: false,
  },
  CONFIG_INVALID: {
    cause: "The function's environment variables hold a mistake; the message lists all of them.",
    fix: 'Correct the named variables in the deployment and deploy again.',
    retryable: false,
  },
  DEADLINE_TOO_CLOSE: {
    cause:
      'Too little of the invocation was left to change a password and see the outcome, so none was sent.',
    fix: 'Nothing, if it happens once: Secrets Manager tries again. Else raise the function time-out to at least 120 s.',
    retryable: true,
  },
  INTERNAL: {
    cause: 'Keyturn met an error it does not know. Its text was withheld because it could hold a secret.',
    fix: 'Report it with the stack of this log line; the next rotation attempt starts over by itself.',
    retryable: true,
  },

  // The secret
  SECRET_INVALID: {
    cause: "A field of the secret's JSON is missing or wrong; the message names it.",
    fix: 'Correct the named field of the AWSCURRENT version. Keyturn changed nothing.',
    retryable: false,
  },
  SECRET_NOT_FOUND: {
    cause: 'The secret, or the version with the named stage, does not exist.',
    fix: 'Check the name, the account and the Region, and that AWSCURRENT has a value.',
    retryable: false,
  },
  SECRET_MANAGED_BY_SERVICE: {
    cause: 'The secret belongs to an AWS service, which alone may write it.',
    fix: 'Let that service rotate it (for RDS: managed rotation). It may still serve as a superuser secret.',
    retryable: false,
  },
  SECRET_STORE_FAILED: {
    cause: 'Secrets Manager did not carry out a call; the message holds its error name.',
    fix: "AccessDenied: check the function's role and the key policy. Throttling or InternalServiceError: it is tried again.",
    retryable: true,
  },
  ROTATION_NOT_ENABLED: {
    cause: 'Rotation is switched off for this secret.',
    fix: 'Attach the rotation function with RotateSecret, or stop invoking it by hand.',
    retryable: false,
  },
  VERSION_NOT_PENDING: {
    cause:
      "The version of this attempt no longer holds AWSPENDING: the rotation was finished by another attempt's version, cancelled, replaced, or given up because the database refused its password.",
    fix: 'See that AWSCURRENT logs in, then start a new rotation. If the database refused the password, correct the password policy first.',
    retryable: false,
  },
  PENDING_WITHOUT_VALUE: {
    cause: 'The version of this attempt holds AWSPENDING but no value: createSecret has not run for it.',
    fix: 'Nothing: Secrets Manager starts again with createSecret. By hand, run the steps in order.',
    retryable: true,
  },
  VERSIONS_DISAGREE: {
    cause: 'AWSPENDING and AWSCURRENT name different databases or users, so no connection was made.',
    fix: 'Undo the edit made during the rotation. Remove AWSPENDING only after you have seen AWSCURRENT log in: with a single user, AWSPENDING may be the only password that works.',
    retryable: false,
  },
  FENCE_LOST: {
    cause: 'The labels moved while this attempt was running, so it stopped before changing a password.',
    fix: 'Nothing: a newer attempt or a person has taken over.',
    retryable: true,
  },
  REPLICA_BEHIND: {
    cause:
      "A copy of the secret in another Region is not in step, and this rotation would lock out that Region's readers. No password was changed.",
    fix: 'InProgress: nothing, it is tried again. Failed: remove what its StatusMessage in describe-secret names, then replicate again with replicate-secret-to-regions, or take the Region out with remove-regions-from-replication. With replicaWait: 0 the deployment rotates all the same.',
    retryable: true,
  },
  PASSWORD_IN_OTHER_KEY: {
    cause:
      'Another key of the secret embeds the password or the user name (in a URL, for instance) and would go stale.',
    fix: 'List that key in rotation.derived to have it rewritten at each rotation, or remove it.',
    retryable: false,
  },
  PASSWORD_POLICY_IMPOSSIBLE: {
    cause: 'No password can satisfy the engine, the deployment and the secret together.',
    fix: 'Relax rotation.password, or the password settings of the deployment; the message says which rules clash.',
    retryable: false,
  },

  // Choosing and allowing
  STRATEGY_AMBIGUOUS: {
    cause:
      'The secret names a superuser secret (masterarn) but does not say whether one or two users rotate.',
    fix: 'Set rotation.strategy to "single-user" or to "alternating-users" in the secret.',
    retryable: false,
  },
  STRATEGY_UNSUPPORTED: {
    cause: 'The server cannot carry out the rotation strategy of the secret.',
    fix: 'Set rotation.strategy to "alternating-users" (no window, needs a superuser secret) or to "single-user".',
    retryable: false,
  },
  SUPERUSER_NOT_ALLOWED: {
    cause: 'The deployment does not allow this superuser secret, or does not let it act on this user.',
    fix: 'Add it to KEYTURN_SUPERUSER_SECRETS or KEYTURN_SUPERUSER_TARGETS of the deployment, if it is meant.',
    retryable: false,
  },
  SUPERUSER_SECRET_INVALID: {
    cause:
      'The superuser secret cannot be used: it is missing, unreadable, incomplete, or its database is unknown.',
    fix: 'Correct the secret named by masterarn; the message says what is wrong with it.',
    retryable: false,
  },
  SUPERUSER_HOST_MISMATCH: {
    cause: "The superuser secret is for another host than the secret, and not for the secret's writer.",
    fix: 'Name the superuser secret of the same database, or set rotation.host to the writer endpoint.',
    retryable: false,
  },
  USER_NOT_BOUND: {
    cause: 'The user whose password would be changed is not known to belong to this secret.',
    fix: 'Run the statement shown in the message, or list the user in KEYTURN_SUPERUSER_TARGETS, if it is meant.',
    retryable: false,
  },
  USER_PROTECTED: {
    cause:
      'The user is an administrator, or otherwise one whose password Keyturn never sets through a superuser.',
    fix: 'Rotate it as single-user with its own password, or use a user without administrative attributes.',
    retryable: false,
  },
  BLUE_GREEN_DEPLOYMENT: {
    cause:
      'An RDS Blue/Green deployment has this database as its source; role changes do not reach the green side.',
    fix: 'Rotate after the switchover, or delete the deployment.',
    retryable: true,
  },
  RDS_API_FAILED: {
    cause: 'A call to the RDS API failed; the message holds its error name.',
    fix: "Give the function's role the rds:Describe… action named, and a route (or VPC endpoint) to the RDS API. Only the Blue/Green question can be switched off (KEYTURN_BLUE_GREEN_CHECK=false).",
    retryable: true,
  },

  REDSHIFT_API_FAILED: {
    cause: 'A call to the Redshift API failed; the message holds its error name.',
    fix: "Give the function's role the action named, and a route (or VPC endpoint) to the API of Redshift or Redshift Serverless. A superuser secret that holds its own host needs neither.",
    retryable: true,
  },

  // The database
  CREDENTIALS_REJECTED: {
    cause: 'The database says that the password of every version that may be tried is wrong.',
    fix: 'Put the password that works into AWSCURRENT (it may be in a version without labels: list-secret-version-ids --include-deprecated), or have a superuser set the password of AWSCURRENT.',
    retryable: false,
  },
  DATABASE_UNREACHABLE: {
    cause: 'No answer from the database: DNS, network, a security group, a time-out, or it is starting up.',
    fix: "Check the host, the port, and that the function's subnets and security group reach it.",
    retryable: true,
  },
  TLS_NOT_VERIFIED: {
    cause: 'The server offered no TLS, or a certificate that could not be verified. No password was sent.',
    fix: 'Use the endpoint name the certificate holds, or configure KEYTURN_TLS_CA_FILE or KEYTURN_TLS_SERVER_NAMES.',
    retryable: false,
  },
  DATABASE_CONFIGURATION: {
    cause: "The server's own configuration keeps this user from logging in by password over TLS.",
    fix: 'See the message: pg_hba.conf, IAM authentication, or a server that does not ask for a password.',
    retryable: false,
  },
  LOGIN_REFUSED: {
    cause:
      'The password is right, but the server refuses the session: connection limit, NOLOGIN, or no such database.',
    fix: 'Lift the restriction that the message names; the rotation goes on by itself.',
    retryable: true,
  },
  DATABASE_READ_ONLY: {
    cause: 'The host answers as a read-only replica, where passwords cannot be changed.',
    fix: 'If a failover is under way, nothing. Else set rotation.host to the writer endpoint.',
    retryable: true,
  },
  DATABASE_REFUSED: {
    cause:
      'The server refused a statement; the message holds its SQLSTATE or error number and what it was for.',
    fix: 'Grant what the message names, to the user that it names.',
    retryable: false,
  },
  DATABASE_BUSY: {
    cause:
      'A statement waited too long for a lock, met a concurrent change, or was cut off; nothing was committed.',
    fix: 'Nothing: it is tried again.',
    retryable: true,
  },
  PASSWORD_REFUSED: {
    cause: "The server's password policy refused the generated password.",
    fix: 'Make rotation.password (length, excludeCharacters) fit the server\'s policy; a policy that must see the password needs send: "plain".',
    retryable: false,
  },
  NOT_PRIMARY_PASSWORD: {
    cause: 'The password in use is a retained one: the server holds another as the primary one.',
    fix: 'Nothing: the next attempt makes the password in use the primary one first.',
    retryable: true,
  },
  PASSWORD_GIVEN_UP: {
    cause:
      "The server's policy refused the generated password for good, so this attempt's AWSPENDING was removed. AWSCURRENT works.",
    fix: 'Make rotation.password fit the policy of the server, then start a new rotation.',
    retryable: false,
  },
  USER_NAME_TOO_LONG: {
    cause: 'A user name is longer than the server keeps, so two users could become one.',
    fix: 'Name a shorter pair in rotation.users.',
    retryable: false,
  },
  IDENTITY_MISMATCH: {
    cause: 'The server logged the pending version in as somebody else than the secret says.',
    fix: 'Check user-name mapping and connection poolers between the function and the database; set rotation.host.',
    retryable: false,
  },
  RIGHTS_DIFFER: {
    cause: 'The user to be promoted would hold fewer rights than the one in use, so it was not promoted.',
    fix: 'Run the SQL in the message, or set rotation.rights to "report" if the difference is meant.',
    retryable: true,
  },
  PROBE_FAILED: {
    cause: "The secret's own probe statement failed as the user to be promoted, so it was not promoted.",
    fix: 'Run rotation.probe as that user and correct the probe or the rights.',
    retryable: true,
  },
  READER_NOT_READY: {
    cause:
      'A host listed in rotation.readers does not accept the pending password yet, so it was not promoted.',
    fix: 'If replication lags, nothing: it is tried again. Else correct the list.',
    retryable: true,
  },

  // The audit
  AUDIT_MEMORY_FAILED: {
    cause: "The audit's DynamoDB table did not carry out a call; the message holds its error name.",
    fix: "AccessDenied: check the function's role and the table's key. Throttling: nothing, the events are taken again.",
    retryable: true,
  },
  ALERT_NOT_SENT: {
    cause: 'SNS did not take an alert; the message holds its error name.',
    fix: "AccessDenied: check the function's role, the topic's policy and its key. The events are taken again, and the alert is sent then.",
    retryable: true,
  },
  ALERT_BEING_SENT: {
    cause: 'Another invocation was sending the same alert at that moment, and may not have finished.',
    fix: 'Nothing: the events are taken again, to make sure.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetail {
  /** The field of an event, a secret or the environment that is wrong, e.g. `rotation.users[1]`. */
  readonly field?: string;
  /** The server's own code: a SQLSTATE for PostgreSQL, an error name for MySQL. */
  readonly sqlState?: string;
  /** The AWS error's name, e.g. `ThrottlingException`. */
  readonly awsError?: string;
  /** Overrides the kind's `retryable`, where the cause tells more. */
  readonly retryable?: boolean;
}

/** The only error that leaves Keyturn. `name` is the code, so that Lambda reports it as `errorType`. */
export class KeyturnError extends Error {
  readonly code: ErrorCode;
  /** What happened, without the cause and the fix that belong to the code. */
  readonly what: string;
  readonly retryable: boolean;
  readonly field: string | undefined;
  readonly sqlState: string | undefined;
  readonly awsError: string | undefined;

  /** @param what says what happened here: names, hosts, ARNs; never a secret's value or SQL with one. */
  constructor(code: ErrorCode, what: string, detail: ErrorDetail = {}) {
    const kind: ErrorKind = ERRORS[code];
    super(`${what} Cause: ${kind.cause} Fix: ${kind.fix}`);
    this.name = code;
    this.code = code;
    this.what = what;
    this.retryable = detail.retryable ?? kind.retryable;
    this.field = detail.field;
    this.sqlState = detail.sqlState;
    this.awsError = detail.awsError;
  }
}

export const isKeyturnError = (error: unknown, code?: ErrorCode): error is KeyturnError =>
  error instanceof KeyturnError && (code === undefined || error.code === code);

/**
 * What may leave the process in place of `error`. A foreign error's message is dropped, because drivers and
 * JSON.parse quote their input; its stack frames are kept, because they hold only file positions.
 */
export function scrubbed(error: unknown): KeyturnError {
  if (isKeyturnError(error)) return error;
  const foreign = error instanceof Error ? error : undefined;
  const internal = new KeyturnError('INTERNAL', `An unexpected ${foreign?.constructor.name ?? 'error'}.`);
  const frames = foreign === undefined ? [] : framesOf(foreign);
  internal.stack = [`${internal.name}: ${internal.message}`, ...frames].join('\n');
  return internal;
}

/** File positions alone: a message may have lines that begin like a frame. */
const framesOf = ({ stack = '', message }: Error): string[] =>
  stack
    .replace(message, '')
    .split('\n')
    .filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line));

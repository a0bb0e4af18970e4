/** What the server said of the credentials, told from all else that can go wrong. */
import { type Connection, createConnection } from 'mysql2';
import type { Deadline } from '../../core/deadline.ts';
import { type ErrorCode, KeyturnError } from '../../core/errors.ts';
import type { Credentials, Login, LoginLimits, Target } from '../../rotation/engine.ts';
import { attemptLogin, lostInLogin, unreachable } from '../attempt.ts';
import { secureOptions, type TlsSettings } from '../tls.ts';
import { openSocket, Wire } from '../wire.ts';
import { Gate } from './gate.ts';
import { nameProblem } from './names.ts';
import { openSession, passwordFormOf } from './session.ts';
import { errorNumber, explained, StatementFailed } from './statements.ts';

export async function login(
  tls: TlsSettings,
  target: Target,
  credentials: Credentials,
  limits: LoginLimits,
): Promise<Login> {
  return attemptLogin(target, credentials, limits, {
    nameProblem,
    open: (signal) => openSocket(target, signal, (socket) => new Wire(socket, new Gate(target.plaintext))),
    authenticate: (wire, signal) =>
      authenticate(wire, { tls, target, credentials, deadline: limits.deadline, signal }),
  });
}

interface Attempt {
  readonly tls: TlsSettings;
  readonly target: Target;
  readonly credentials: Credentials;
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
}

async function authenticate(wire: Wire<Gate>, attempt: Attempt): Promise<Login> {
  const { credentials, deadline } = attempt;
  try {
    const connection = await connected(wire, attempt);
    const session = await openSession(connection, wire, credentials, deadline);
    return { outcome: 'accepted', session };
  } catch (error) {
    wire.destroy();
    return refusal(error, wire.gate, credentials.username);
  }
}

/** @throws KeyturnError, or the driver's error */
async function connected(wire: Wire<Gate>, attempt: Attempt): Promise<Connection> {
  // Verified TLS is the wire's, by this project's own settings, so what the driver would do for it never runs.
  const options = attempt.target.plaintext
    ? undefined
    : await secureOptions(attempt.tls, attempt.target.host);
  const connection = clientOn(wire, attempt);
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  connection.once('connect', () => resolve(connection));
  // Stays for good: without a listener, a connection that the server ends later would end the process.
  connection.on('error', (error) => reject(wire.errored ?? error));
  const over = () => reject(wire.errored ?? unreachable('The server ended the connection.'));
  wire.once('close', over);
  // The gate may have ended it before anybody listened.
  if (wire.destroyed) over();
  if (options !== undefined)
    Object.assign(connection, {
      startTLS(over: (error?: unknown) => void) {
        wire.secure(options, attempt.signal).then(
          () => {
            wire.gate.secured();
            over();
          },
          (error) => {
            wire.destroy(error);
          },
        );
      },
    });
  return promise;
}

function clientOn(wire: Wire<Gate>, { target, credentials }: Attempt): Connection {
  return createConnection({
    stream: wire,
    host: target.host,
    port: target.port,
    user: credentials.username,
    password: credentials.password.reveal(),
    ...(target.database !== undefined && { database: target.database }),
    ...(!target.plaintext && { ssl: { rejectUnauthorized: true } }),
    // The driver's own would ask for a key, because it does not see the TLS below. The gate has seen it.
    authPlugins: {
      sha256_password: () => () => Buffer.from(`${credentials.password.reveal()}\0`),
    },
    charset: 'utf8mb4',
    // The wire's own limit ends the connection.
    connectTimeout: 0,
    disableEval: true,
    trace: false,
    supportBigNumbers: true,
    dateStrings: true,
    multipleStatements: false,
    connectAttributes: { program_name: 'keyturn' },
    flags: ['-LOCAL_FILES', '-MULTI_STATEMENTS', '-COMPRESS', '-MULTI_FACTOR_AUTHENTICATION'],
  });
}

/** Once the server has checked the password it is right, whatever follows. */
function refusal(error: unknown, gate: Gate, username: string): Login {
  const number = errorNumber(error) ?? (error instanceof StatementFailed ? error.number : undefined);
  const refused = number === undefined ? undefined : AFTER_THE_PASSWORD[number];
  if (gate.authenticated || refused !== undefined) {
    const problem = refused === undefined ? lost(error) : refusedSession(number as number, username, refused);
    return { outcome: 'accepted', session: undefined, passwordForm: passwordFormOf(gate), problem };
  }
  if (number === undefined) return { outcome: 'unknown', problem: lostInLogin(error) };
  return { outcome: number === 1045 ? 'rejected' : 'unknown', problem: refusedBefore(number, username) };
}

const lost = (error: unknown): KeyturnError =>
  error instanceof StatementFailed ? explained(error, 'opening the session') : lostInLogin(error);

/** https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const AFTER_THE_PASSWORD: Readonly<Record<number, string>> = {
  1044: 'may not use the database',
  1049: 'names a database that does not exist',
  1203: 'has used up max_user_connections',
  1226: 'has used up its limit of connections',
  1820: 'must change its password before anything else: it has expired',
  1862: 'may not log in: its password has expired',
  3118: 'may not log in: the account is locked',
  4151: 'may not log in: the account is locked',
};

const refusedSession = (number: number, username: string, why: string) =>
  new KeyturnError('LOGIN_REFUSED', `${username} ${why} (error ${number}).`);

/** FAILED_LOGIN_ATTEMPTS of an account, max_password_errors of MariaDB; a right password is blocked as well. */
const BLOCKED: ReadonlySet<number> = new Set([3955, 4150]);
/** An old or missing plugin, and TLS where the deployment goes without it. */
const METHODS: ReadonlySet<number> = new Set([1251, 1275, 1524, 3159]);

function refusedBefore(number: number, username: string): KeyturnError {
  const problem = (code: ErrorCode, what: string) => new KeyturnError(code, `${what} (error ${number}).`);
  if (number === 1045)
    return problem('CREDENTIALS_REJECTED', `The server rejects the password of ${username}`);
  if (number === 1130)
    return problem('DATABASE_CONFIGURATION', 'The server lets nobody in from this address');
  if (number === 1129)
    return problem(
      'DATABASE_CONFIGURATION',
      'The server blocks this address after too many failed connections (FLUSH HOSTS)',
    );
  if (number === 1698)
    return problem('DATABASE_CONFIGURATION', `The server lets ${username} in by other means than a password`);
  if (BLOCKED.has(number))
    return problem(
      'DATABASE_CONFIGURATION',
      `The server blocks ${username} after too many wrong passwords; as an administrator: ALTER USER … ACCOUNT UNLOCK on MySQL, FLUSH PRIVILEGES on MariaDB`,
    );
  if (METHODS.has(number))
    return problem(
      'DATABASE_CONFIGURATION',
      `The method by which ${username} logs in is not to be had, on the server or for this login`,
    );
  return problem('DATABASE_UNREACHABLE', 'The server lets nobody in now');
}

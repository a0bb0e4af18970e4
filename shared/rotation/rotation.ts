/** One invocation of a rotation function: what it was asked, what it may use, and how much time it has. */
import { isKeyturnError, KeyturnError } from '../core/errors.ts';
import type { Invocation } from '../core/invocation.ts';
import type { Endpoints } from './endpoints.ts';
import type { DatabaseEngine, Guard, Login, Session } from './engine.ts';
import type { RotationEvent } from './event.ts';
import type { PasswordRules } from './password.ts';
import { type DatabaseSecret, parseSecret, type SecretRules } from './secret.ts';
import type { SecretDescription, SecretReader, SecretStore } from './secret-store.ts';
import { stateOf, versionIn } from './state.ts';

/** What the deployment decides. */
export interface RotationSettings {
  /** ARNs of superuser secrets that may be used; `*` stands for any text. */
  readonly superuserSecrets: readonly string[];
  /** `user@host` that a superuser may act on without further proof; `*` stands for any text. */
  readonly superuserTargets: readonly string[];
  readonly passwordRules: Partial<PasswordRules>;
  readonly allowPlaintext: boolean;
  readonly blueGreenCheck: boolean;
  /** Longest time that a statement which changes a password may take, in ms. */
  readonly statementTimeoutMs: number;
  /** Longest time to wait for copies in other Regions, in ms; with 0 they are not looked at. */
  readonly replicaWaitMs: number;
}

/** The adapters that a rotation function is composed of. */
export interface Collaborators {
  readonly engine: DatabaseEngine;
  readonly store: SecretStore;
  readonly endpoints: Endpoints;
  readonly settings: RotationSettings;
}

/** What may be asked of a secret and its database. It has no version to write for, and no way to write one. */
export interface Inquiry extends Omit<Collaborators, 'store'>, Invocation {
  readonly store: SecretReader;
  readonly secret: SecretDescription;
  /** The version that AWSCURRENT was on when this began. */
  readonly currentVersionId: string;
}

export interface Rotation extends Inquiry {
  readonly event: RotationEvent;
  readonly store: SecretStore;
}

/** A database that resumes from zero capacity takes this long to answer the first connection. */
const FIRST_CONNECT_MS = 40_000;
/** An `ALTER` that begins with less than this left might be cut off before its outcome is seen. */
const LEAST_BEFORE_CHANGE_MS = 20_000;
/** Kept back for the answer, the log line and the platform. */
const RESERVE_MS = 2_000;

/** Just-written versions and labels may not be visible everywhere yet. */
const VISIBILITY_WAITS_MS = [100, 300, 900] as const;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again while the answer is `undefined`, for a bounded time. */
export async function untilVisible<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const wait of VISIBILITY_WAITS_MS) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause(wait);
  }
  return ask();
}

export const rulesOf = ({ engine, settings }: Pick<Collaborators, 'engine' | 'settings'>): SecretRules => ({
  engine,
  allowPlaintext: settings.allowPlaintext,
});

/** @throws KeyturnError SECRET_INVALID */
async function readVersion(inquiry: Inquiry, versionId: string): Promise<DatabaseSecret | undefined> {
  const { store, secret } = inquiry;
  return untilVisible(() => store.read(secret.arn, { versionId }, parseSecret(rulesOf(inquiry))));
}

/** @throws KeyturnError SECRET_NOT_FOUND, SECRET_INVALID */
export async function readCurrent(inquiry: Inquiry): Promise<DatabaseSecret> {
  const { currentVersionId, secret } = inquiry;
  const current = await readVersion(inquiry, currentVersionId);
  if (current !== undefined) return current;
  throw new KeyturnError('SECRET_NOT_FOUND', `Version ${currentVersionId} of ${secret.name} has no value.`);
}

/** @returns `undefined` when no version has AWSPREVIOUS, or when it is no use: it is not what has to be put right. */
export async function readPrevious(rotation: Inquiry): Promise<DatabaseSecret | undefined> {
  const versionId = versionIn(rotation.secret, 'AWSPREVIOUS');
  if (versionId === undefined) return undefined;
  const { store, secret } = rotation;
  return store.read(secret.arn, { versionId }, parseSecret(rulesOf(rotation))).catch((error) => {
    if (isKeyturnError(error, 'SECRET_INVALID') || isKeyturnError(error, 'USER_NAME_TOO_LONG'))
      return undefined;
    throw error;
  });
}

/** @throws KeyturnError PENDING_WITHOUT_VALUE, SECRET_INVALID */
export async function readPending(rotation: Rotation): Promise<DatabaseSecret> {
  const { versionId } = rotation.event;
  const pending = await readVersion(rotation, versionId);
  if (pending !== undefined) return pending;
  throw new KeyturnError('PENDING_WITHOUT_VALUE', `Version ${versionId} is empty.`);
}

/** Whether an attempt has stored a value for this version already, which the database may hold by now. */
export async function isStored({ store, secret, event }: Rotation): Promise<boolean> {
  return (await store.read(secret.arn, { versionId: event.versionId }, () => true)) ?? false;
}

/** Counts the login for the log line. @throws KeyturnError DEADLINE_TOO_CLOSE */
export async function logIn(
  rotation: Inquiry,
  secret: Pick<DatabaseSecret, 'target' | 'username' | 'password'>,
): Promise<Login> {
  const connectTimeoutMs = Math.min(FIRST_CONNECT_MS, rotation.deadline.remainingMs() - RESERVE_MS);
  if (connectTimeoutMs <= 0) throw new KeyturnError('DEADLINE_TOO_CLOSE', 'No time is left to log in.');
  const login = await rotation.engine.login(secret.target, secret, {
    connectTimeoutMs,
    deadline: rotation.deadline,
  });
  const { facts } = rotation;
  facts.logins = (facts.logins ?? 0) + 1;
  if (login.outcome !== 'accepted') facts.failedLogins = (facts.failedLogins ?? 0) + 1;
  if (login.outcome === 'accepted' && login.session !== undefined) facts.server = login.session.server;
  return login;
}

/** The session of a login that has to succeed. @throws the login's problem */
export function sessionOf(login: Login): Session {
  if (login.outcome === 'accepted' && login.session !== undefined) return login.session;
  throw login.problem;
}

/** @throws KeyturnError DATABASE_READ_ONLY */
export async function requireWriter(session: Session): Promise<void> {
  if (!(await session.isWriter()))
    throw new KeyturnError('DATABASE_READ_ONLY', `${session.server} answers read-only.`);
}

/** A user-name map, or a pooler with a user of its own, may have made it somebody else. @throws KeyturnError IDENTITY_MISMATCH */
export async function requireIdentity(session: Session, username: string): Promise<void> {
  const user = await session.whoAmI();
  if (user !== username)
    throw new KeyturnError('IDENTITY_MISMATCH', `Logged in as ${username}, the server says ${user}.`);
}

/** Nobody else's change may be overwritten, and none of ours may land after we are gone. */
export const guardOf = (rotation: Rotation): Guard => {
  const left = rotation.deadline.remainingMs();
  if (left < LEAST_BEFORE_CHANGE_MS)
    throw new KeyturnError('DEADLINE_TOO_CLOSE', `Only ${Math.round(left / 1000)} s are left.`);
  return {
    fence: () => fence(rotation),
    statementTimeoutMs: Math.min(rotation.settings.statementTimeoutMs, left - RESERVE_MS),
    note: (sentence) => {
      rotation.facts.note = sentence;
    },
  };
};

/**
 * A late attempt must not overwrite a password that has been promoted since, so the labels are read once more
 * right before every password statement.
 * @throws KeyturnError FENCE_LOST
 */
export async function fence(rotation: Rotation): Promise<void> {
  const { store, secret } = rotation;
  if (isOver(rotation, await store.describe(secret.arn))) throw lost();
}

/**
 * By the labels alone: a rotation that was switched off meanwhile is better ended than left with AWSCURRENT dead.
 * @returns whether this version is AWSCURRENT by now
 * @throws KeyturnError FENCE_LOST when it is not pending either
 */
export async function isFinished(rotation: Rotation): Promise<boolean> {
  const { store, secret } = rotation;
  return isOver(rotation, { ...(await store.describe(secret.arn)), rotationEnabled: undefined });
}

function isOver({ event, currentVersionId }: Rotation, secret: SecretDescription): boolean {
  const state = stateOf(secret, event.versionId);
  if (state.kind === 'finished') return true;
  if (state.kind === 'pending' && state.currentVersionId === currentVersionId) return false;
  throw lost();
}

const lost = (): KeyturnError =>
  new KeyturnError('FENCE_LOST', 'AWSPENDING or AWSCURRENT has moved since this step began.');

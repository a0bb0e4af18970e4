/** The superuser secret: whether it may be used, where its database is, and a session with it. */
import { KeyturnError } from '../core/errors.ts';
import { matchesAny } from '../core/patterns.ts';
import type { Credentials, Session, Target } from './engine.ts';
import { type Inquiry, logIn, rulesOf, sessionOf } from './rotation.ts';
import { type DatabaseSecret, parseSuperuserSecret } from './secret.ts';
import { sameHost, sameTarget } from './versions.ts';

export interface Superuser extends Credentials {
  readonly target: Target;
}

/**
 * @throws KeyturnError SUPERUSER_NOT_ALLOWED, SUPERUSER_SECRET_INVALID, SUPERUSER_HOST_MISMATCH: the session is
 * opened only to the superuser secret's own host, which must be the secret's, or its proven writer.
 */
export async function superuserOf(rotation: Inquiry, current: DatabaseSecret): Promise<Superuser> {
  const arn = current.superuserArn ?? '';
  if (!matchesAny(rotation.settings.superuserSecrets, arn))
    throw new KeyturnError('SUPERUSER_NOT_ALLOWED', `${arn} is not listed in KEYTURN_SUPERUSER_SECRETS.`);
  const { target, ...credentials } = await readSuperuser(rotation, arn);
  await requireSameDatabase(rotation, target, current);
  const database = rotation.engine.connectsToDatabase ? current.target.database : undefined;
  return { ...credentials, target: { ...target, database } };
}

export async function logInSuperuser(rotation: Inquiry, current: DatabaseSecret): Promise<Session> {
  const first = await logIn(rotation, await superuserOf(rotation, current));
  if (first.outcome !== 'rejected') return sessionOf(first);
  // Managed rotation may have replaced the superuser's password between the read and the login.
  return sessionOf(await logIn(rotation, await superuserOf(rotation, current)));
}

async function readSuperuser(rotation: Inquiry, arn: string): Promise<Superuser> {
  const { store, endpoints } = rotation;
  const parse = parseSuperuserSecret(rulesOf(rotation));
  const secret = await store.read(arn, { stage: 'AWSCURRENT' }, parse).catch(explain(arn));
  if (secret === undefined) throw unusable(arn, 'has no AWSCURRENT value');
  if ('target' in secret) return secret;
  const { engine, ...endpoint } = await endpoints.ofManagedSecret(await store.describe(arn));
  if (!rotation.engine.names.includes(engine)) throw unusable(arn, `is for ${engine}`);
  return { ...secret, target: { ...endpoint, database: undefined, plaintext: false } };
}

async function requireSameDatabase(
  rotation: Inquiry,
  superuser: Target,
  { target }: DatabaseSecret,
): Promise<void> {
  if (sameTarget(superuser, target)) return;
  const proven =
    !sameHost(superuser.host, target.host) &&
    (await rotation.endpoints.isWriterOf(superuser.host, target.host));
  if (!proven)
    throw new KeyturnError(
      'SUPERUSER_HOST_MISMATCH',
      `The superuser secret is for ${superuser.host}:${superuser.port}, the secret for ${target.host}:${target.port}.`,
    );
}

/** The field that is wrong is one of the superuser secret's, which the message must say. */
const explain =
  (arn: string) =>
  (error: unknown): never => {
    if (error instanceof KeyturnError && error.code === 'SECRET_INVALID')
      throw unusable(arn, `is unusable: ${error.what}`);
    throw error;
  };

const unusable = (arn: string, what: string): KeyturnError =>
  new KeyturnError('SUPERUSER_SECRET_INVALID', `Superuser secret ${arn} ${what}.`);

/** testSecret: proves, by a new session, that the pending version is as good as the current one. Changes nothing. */
import { KeyturnError } from '../core/errors.ts';
import { logIn, type Rotation, readCurrent, readPending, requireIdentity, sessionOf } from './rotation.ts';
import type { DatabaseSecret } from './secret.ts';
import { strategyFor } from './strategies/choose.ts';

export async function testSecret(rotation: Rotation): Promise<void> {
  const versions = { pending: await readPending(rotation), current: await readCurrent(rotation) };
  const { pending } = versions;
  await using session = sessionOf(await logIn(rotation, pending));
  await requireIdentity(session, pending.username);
  await strategyFor(pending, rotation.facts).verify(rotation, versions, session);
  if (pending.options.probe !== undefined) await session.probe(pending.options.probe);
  for (const host of pending.options.readers) await requireReader(rotation, pending, host);
}

async function requireReader(rotation: Rotation, pending: DatabaseSecret, host: string): Promise<void> {
  const login = await logIn(rotation, { ...pending, target: { ...pending.target, host } });
  if (login.outcome === 'accepted' && login.session !== undefined)
    return login.session[Symbol.asyncDispose]();
  throw new KeyturnError(
    'READER_NOT_READY',
    `${host} does not let ${pending.username} in: ${login.problem.what}`,
  );
}

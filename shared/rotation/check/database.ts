/** The server behind the host: TLS, the secret's own login, which product it is, and whether it may be written to. */
import { KeyturnError } from '../../core/errors.ts';
import { refuseBlueGreen } from '../create-secret.ts';
import type { Login, Session } from '../engine.ts';
import { type Inquiry, logIn, requireIdentity, requireWriter } from '../rotation.ts';
import type { DatabaseSecret } from '../secret.ts';
import { checkDns, checkTcp } from './network.ts';
import type { Findings } from './report.ts';

/** @returns the session of AWSCURRENT, if it gets one */
export async function checkDatabase(
  inquiry: Inquiry,
  findings: Findings,
  current: DatabaseSecret,
): Promise<Session | undefined> {
  const { target, username } = current;
  await findings.attempt('host', () => refuseBlueGreen(inquiry, current));
  if (!(await checkDns(findings, target))) return undefined;
  const login = await logIn(inquiry, current);
  if (!(await tellTcp(findings, login, current))) return undefined;
  tellTls(findings, login, current);
  if (login.outcome !== 'accepted' || login.session === undefined) {
    if (login.problem.code !== 'TLS_NOT_VERIFIED') findings.failWith('login', login.problem);
    return undefined;
  }
  const { session } = login;
  findings.ok('login', `${username} logs in with AWSCURRENT (${session.passwordForm}).`);
  findings.ok('engine', `The server is ${session.server}.`);
  await findings.attempt('login', () => requireIdentity(session, username));
  await checkHost(findings, session, current);
  return session;
}

/**
 * A connection that is closed without a login is only made where there is doubt: MySQL counts such, and locks out
 * the address they come from. https://dev.mysql.com/doc/refman/8.4/en/blocked-host.html
 */
async function tellTcp(findings: Findings, login: Login, { target }: DatabaseSecret): Promise<boolean> {
  const doubt = login.outcome === 'unknown' && login.problem.code === 'DATABASE_UNREACHABLE';
  if (doubt) return checkTcp(findings, target);
  findings.ok('tcp', `${target.host}:${target.port} takes connections.`);
  return true;
}

/** No password crosses the network before TLS is verified, so an answer to one says that it was. */
function tellTls(findings: Findings, login: Login, { target }: DatabaseSecret): void {
  if (target.plaintext)
    findings.warn(
      'tls',
      'The secret says "ssl": false, and the deployment allows it: passwords cross the network unprotected.',
      'Remove "ssl": false from the secret.',
    );
  else if (login.outcome !== 'unknown')
    findings.ok('tls', `The certificate is trusted, and it is for ${target.host}.`);
  else if (login.problem.code === 'TLS_NOT_VERIFIED') findings.failWith('tls', login.problem);
  else findings.skip('tls', 'The server did not get so far.');
}

async function checkHost(findings: Findings, session: Session, { target }: DatabaseSecret): Promise<void> {
  await findings.attempt('host', async () => {
    await requireWriter(session);
    findings.ok('host', `${target.host} is no proxy or reader endpoint of RDS, and takes changes.`);
  });
}

export async function checkProbe(
  findings: Findings,
  session: Session | undefined,
  { options, username }: DatabaseSecret,
): Promise<void> {
  const { probe } = options;
  if (probe === undefined) return findings.skip('probe', 'The secret has no rotation.probe.');
  if (session === undefined) return;
  await findings.attempt('probe', async () => {
    await session.probe(probe);
    findings.ok('probe', `rotation.probe succeeds as ${username}.`);
  });
}

export async function checkReaders(
  inquiry: Inquiry,
  findings: Findings,
  current: DatabaseSecret,
): Promise<void> {
  const { options, target, username } = current;
  if (options.readers.length === 0) return findings.skip('readers', 'The secret lists no rotation.readers.');
  for (const host of options.readers)
    await findings.attempt('readers', async () => {
      const login = await logIn(inquiry, { ...current, target: { ...target, host } });
      if (login.outcome !== 'accepted' || login.session === undefined)
        throw new KeyturnError(
          'READER_NOT_READY',
          `${host} does not let ${username} in: ${login.problem.what}`,
        );
      await login.session[Symbol.asyncDispose]();
      findings.ok('readers', `${options.readers.join(', ')} let ${username} in.`);
    });
}

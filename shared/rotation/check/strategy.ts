/** How the secret would be rotated, and whether the superuser and the rights for it are there. */
import { KeyturnError } from '../../core/errors.ts';
import { refuseProtected, requireBound } from '../authority.ts';
import type { Mark, Pair, Rights, Session } from '../engine.ts';
import { type Inquiry, logIn, readPrevious, requireWriter } from '../rotation.ts';
import { checkDerived, type DatabaseSecret } from '../secret.ts';
import { strategyFor } from '../strategies/choose.ts';
import { differenceOf, type RightsCompared } from '../strategies/rights.ts';
import { logInSuperuser } from '../superuser.ts';
import { pairOf, sameLogin } from '../versions.ts';
import type { CheckName, Findings } from './report.ts';

/** @returns the user of the next version, if the secret says enough to know it */
export async function checkStrategy(
  inquiry: Inquiry,
  findings: Findings,
  current: DatabaseSecret,
): Promise<string | undefined> {
  const next = await findings.attempt(whereItBelongs, () =>
    strategyFor(current, inquiry.facts).nextUser(inquiry, current),
  );
  if (next === undefined) return undefined;
  await findings.attempt('secret', () => checkDerived(current, next !== current.username));
  findings.ok('strategy', sentenceOf(inquiry, current, next));
  return next;
}

const whereItBelongs = ({ code }: KeyturnError): CheckName =>
  code.startsWith('SUPERUSER_') ? 'superuser' : 'strategy';

function sentenceOf({ facts }: Inquiry, { username, options }: DatabaseSecret, next: string): string {
  if (next !== username) return `alternating-users: ${username} is in use, and ${next} is next.`;
  if (options.by === 'superuser') return `single-user: a superuser changes the password of ${username}.`;
  return `${facts.strategy}: ${username} changes its own password.`;
}

/** @param session of AWSCURRENT */
export async function checkAuthority(
  inquiry: Inquiry,
  findings: Findings,
  { current, next, session }: { current: DatabaseSecret; next: string; session: Session },
): Promise<void> {
  if (next === current.username && current.options.by === undefined)
    return checkOwn(inquiry, findings, current, session);
  await using superuser = await findings.attempt('superuser', () => logInSuperuser(inquiry, current));
  if (superuser === undefined) return;
  const name = await findings.attempt('superuser', async () => {
    await requireWriter(superuser);
    return superuser.whoAmI();
  });
  if (name === undefined) return;
  findings.ok('superuser', `The superuser secret is allowed, and ${name} logs in.`);
  const { ownerRole } = current.options;
  const roles = ownerRole === undefined ? [] : [ownerRole];
  await checkGrants(findings, superuser, [...new Set([current.username, next]), ...roles]);
  if (next === current.username) await checkTarget(findings, superuser, current);
  else await checkStandby(inquiry, findings, { current, next, session, superuser });
}

async function checkOwn(
  inquiry: Inquiry,
  findings: Findings,
  { username }: DatabaseSecret,
  session: Session,
): Promise<void> {
  findings.skip('superuser', 'This strategy uses no superuser secret.');
  findings.ok('rights', `${username} changes its own password, for which it needs no right of its own.`);
  await checkGrants(findings, session, [username]);
  if (inquiry.facts.strategy !== 'dual-password') return;
  await findings.attempt('strategy', async () => {
    const { unsupportedBecause } = await session.dualPassword();
    if (unsupportedBecause !== undefined)
      throw new KeyturnError('STRATEGY_UNSUPPORTED', `${session.server}: ${unsupportedBecause}.`);
  });
}

/** A service may allow its administrators more than can be seen, so what seems to be missing is not a refusal. */
async function checkGrants(findings: Findings, session: Session, names: readonly string[]): Promise<void> {
  await findings.attempt('rights', async () => {
    const grants = await session.missingGrants(names);
    if (grants.length === 0) return;
    findings.warn(
      'rights',
      `${await session.whoAmI()} seems to lack what it needs to set up or rotate ${names.join(', ')}.`,
      `As an administrator: ${grants.join(' ')}`,
    );
  });
}

async function checkTarget(
  findings: Findings,
  superuser: Session,
  { username }: DatabaseSecret,
): Promise<void> {
  await findings.attempt('rights', async () => {
    refuseProtected(username, await superuser.describeUser(username));
    findings.ok('rights', `${username} is listed by the deployment, and is no administrator.`);
  });
}

interface Scene {
  readonly current: DatabaseSecret;
  readonly next: string;
  readonly session: Session;
  readonly superuser: Session;
}

async function checkStandby(inquiry: Inquiry, findings: Findings, scene: Scene): Promise<void> {
  const { current, next, superuser } = scene;
  await findings.attempt('rights', async () => {
    const pair = pairOf(current);
    const mark: Mark = { secretArn: inquiry.secret.arn, users: pair.users };
    const pending = { username: next, target: current.target };
    await requireBound(inquiry, { current, pending }, mark, superuser);
    const { exists } = await superuser.describeUser(next, mark);
    if (!exists)
      return findings.ok('rights', `${next} is still to be made, with the rights of ${current.username}.`);
    const held = await rightsOfStandby(inquiry, scene, pair);
    if (held === undefined)
      return findings.ok('rights', `${next} is this secret's; its rights are compared when it is rotated.`);
    tellDifference(inquiry, findings, scene, {
      held,
      wanted: await scene.session.effectiveRights(current.username, pair),
    });
  });
}

/** Where users see only their own rights, the standby has to be asked, which AWSPREVIOUS can do. */
async function rightsOfStandby(
  inquiry: Inquiry,
  { current, next, session }: Scene,
  pair: Pair,
): Promise<Rights | undefined> {
  if (inquiry.engine.seesOtherUsers) return session.effectiveRights(next, pair);
  const previous = await readPrevious(inquiry);
  if (previous === undefined || !sameLogin(previous, { username: next, target: current.target }))
    return undefined;
  const login = await logIn(inquiry, previous);
  if (login.outcome !== 'accepted' || login.session === undefined) return undefined;
  await using standby = login.session;
  return await standby.effectiveRights(next, pair);
}

function tellDifference(
  inquiry: Inquiry,
  findings: Findings,
  { current, next }: Scene,
  rights: RightsCompared,
): void {
  const { missing, surplus } = differenceOf(inquiry, next, rights);
  if (missing.length === 0 && surplus.length === 0) {
    findings.ok('rights', `${next} is this secret's, and has the rights of ${current.username}.`);
    return;
  }
  const lacks = `lacks ${missing.length} right(s) of ${current.username}`;
  const has = `has ${surplus.length} that ${current.username} lacks`;
  findings.warn(
    'rights',
    `${next} ${lacks}, and ${has}.`,
    missing.length === 0
      ? 'Nothing, if it is meant; else see rotation.surplus.'
      : `Nothing yet: the rotation grants what the superuser can. If it ends with RIGHTS_DIFFER: ${missing.slice(0, 5).join('; ')}.`,
  );
}

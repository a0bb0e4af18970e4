/**
 * What stands in the way of a rotation, as far as it can be known beforehand. Only the function sees the database's
 * network. Nothing is written, neither to Secrets Manager nor to the database.
 */
import { ERRORS, KeyturnError } from '../../core/errors.ts';
import type { Invocation } from '../../core/invocation.ts';
import { rulesFor } from '../create-secret.ts';
import { CHECK } from '../event.ts';
import { generatePassword } from '../password.ts';
import { problemOf } from '../replicas.ts';
import { refuseServiceManaged } from '../rotate.ts';
import { type Collaborators, type Inquiry, readCurrent } from '../rotation.ts';
import type { DatabaseSecret } from '../secret.ts';
import type { SecretDescription, SecretReader } from '../secret-store.ts';
import { versionIn } from '../state.ts';
import { accountOf } from './account.ts';
import { checkDatabase, checkProbe, checkReaders } from './database.ts';
import { type CheckName, type CheckReport, Findings } from './report.ts';
import { checkAuthority, checkStrategy } from './strategy.ts';

/** Names the function that may look at a secret before it is attached. */
const FUNCTION_TAG = 'keyturn:function';

/** The store without what writes. */
type Readers = Omit<Collaborators, 'store'> & { readonly store: SecretReader };

/** Whatever is wrong is in the report: an error would count as a step that failed, and raise an alarm. */
export async function check(
  secretId: string,
  readers: Readers,
  invocation: Invocation,
): Promise<CheckReport> {
  const { facts, functionArn } = invocation;
  Object.assign(facts, { step: CHECK, secretArn: secretId });
  const findings = new Findings();
  const secret = await findings.attempt('secret', async () => {
    const described = await readers.store.describe(secretId);
    requireOurs(described, functionArn);
    return described;
  });
  const account = secret && (await look({ ...readers, ...invocation, findings, secret }));
  const checks = findings.list();
  facts.secretArn = secret?.arn ?? secretId;
  facts.failedChecks = checks.filter(({ result }) => result === 'failed').map((failed) => failed.check);
  return {
    secret: facts.secretArn,
    function: unqualified(functionArn),
    ok: facts.failedChecks.length === 0,
    account: account ?? null,
    strategy: facts.strategy ?? null,
    checks,
  };
}

interface Look extends Omit<Inquiry, 'currentVersionId'> {
  readonly findings: Findings;
}

/** @returns the account, see `accountOf` */
async function look({ findings, ...rest }: Look): Promise<string | undefined> {
  checkPending(findings, rest);
  checkReplicas(findings, rest);
  const currentVersionId = versionIn(rest.secret, 'AWSCURRENT') ?? '';
  const inquiry: Inquiry = { ...rest, currentVersionId };
  const current = await findings.attempt(whereItBelongs, () => readable(inquiry));
  if (current === undefined) return undefined;
  findings.ok('secret', `${inquiry.secret.name} can be read, and a next version can be made of it.`);
  const next = await checkStrategy(inquiry, findings, current);
  await using session = await checkDatabase(inquiry, findings, current);
  if (next !== undefined && session !== undefined)
    await checkAuthority(inquiry, findings, { current, next, session });
  if (session !== undefined) await checkReaders(inquiry, findings, current);
  await checkProbe(findings, session, current);
  return next && accountOf([...new Set([current.username, next])], current.target);
}

/** @throws KeyturnError SECRET_… and PASSWORD_POLICY_IMPOSSIBLE */
async function readable(inquiry: Inquiry): Promise<DatabaseSecret> {
  refuseServiceManaged(inquiry.secret);
  if (inquiry.currentVersionId === '')
    throw new KeyturnError('SECRET_NOT_FOUND', `${inquiry.secret.name} has no value.`);
  const current = await readCurrent(inquiry);
  generatePassword(rulesFor(inquiry, current));
  return current;
}

const whereItBelongs = ({ field = '' }: KeyturnError): CheckName => {
  if (field === 'engine') return 'engine';
  if (/^(rotation\.)?(host|port)$/.test(field)) return 'host';
  return field === 'rotation.strategy' ? 'strategy' : 'secret';
};

/** Nobody learns of a secret by a function that has nothing to do with it. @throws KeyturnError SECRET_NOT_OURS */
function requireOurs({ arn, rotationFunction = '', tags }: SecretDescription, functionArn: string): void {
  const ours = unqualified(functionArn);
  if (unqualified(rotationFunction) === ours || tags.get(FUNCTION_TAG) === ours.split(':')[6]) return;
  throw new KeyturnError('SECRET_NOT_OURS', `${arn}, asked of ${ours}.`);
}

/** Without the version or alias. */
const unqualified = (functionArn: string): string => functionArn.split(':').slice(0, 7).join(':');

function checkPending(
  findings: Findings,
  { secret, functionArn }: Pick<Look, 'secret' | 'functionArn'>,
): void {
  const pending = versionIn(secret, 'AWSPENDING');
  if (pending === undefined || pending === versionIn(secret, 'AWSCURRENT')) {
    findings.ok('pending', 'No rotation is under way.');
    return;
  }
  const says = `Version ${pending} holds AWSPENDING: a rotation is under way, or never ended.`;
  const fix = `If it never ends, and AWSCURRENT logs in: aws secretsmanager update-secret-version-stage --secret-id ${secret.arn} --version-stage AWSPENDING --remove-from-version-id ${pending}`;
  const ours = unqualified(secret.rotationFunction ?? '') === unqualified(functionArn);
  if (ours) findings.warn('pending', says, fix);
  else findings.fail('pending', says, fix);
}

/** A rotation waits for what is in progress, and is refused for what has failed. */
function checkReplicas(findings: Findings, { secret, settings }: Pick<Look, 'secret' | 'settings'>): void {
  const { name, replicas } = secret;
  const problem = problemOf(name, replicas);
  if (replicas.size === 0) findings.skip('replicas', 'The secret has no copies in other Regions.');
  else if (problem === undefined)
    findings.ok('replicas', `The copies in ${[...replicas.keys()].join(', ')} are in step.`);
  else if (settings.replicaWaitMs > 0 && !problem.retryable) findings.failWith('replicas', problem);
  else findings.warn('replicas', problem.what, ERRORS.REPLICA_BEHIND.fix);
}

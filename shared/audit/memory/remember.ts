/** What is remembered of an event, and where. The kinds of notes are said here and nowhere else. */
import { kept } from '../../core/kept.ts';
import { matchesAny } from '../../core/patterns.ts';
import type { Deployment } from '../deployment.ts';
import type { AuditEvent } from '../events/event.ts';
import { functionIn, functionName, rotatorIn } from '../events/function-name.ts';
import { asText } from '../events/logged.ts';
import { networkOf } from '../events/network.ts';
import { toolOf } from '../events/tool.ts';
import { inventoryText, readInventory } from './inventory.ts';
import type { ItemKey } from './memory.ts';
import type { Note } from './note.ts';
import type { Entry, Notebook } from './notebook.ts';
import { DAY, dayOf, hourOf, hourOfDay, quarterOf } from './spans.ts';

/** @param quarter as `quarterOf` gives it. */
export const principalPage = (principal: string, quarter: string): ItemKey => ({
  subject: principalSubject(principal),
  span: quarter,
});
export const principalHour = (principal: string, time: number): ItemKey => ({
  subject: principalSubject(principal),
  span: hourOf(time),
});
export const secretPage = (secret: string, quarter: string): ItemKey => ({
  subject: secretSubject(secret),
  span: quarter,
});
export const accountPage = (accountId: string): ItemKey => ({
  subject: accountSubject(accountId),
  span: 'all',
});
export const accountHour = (accountId: string, time: number): ItemKey => ({
  subject: accountSubject(accountId),
  span: hourOf(time),
});
export const accessKeyPage = (accessKeyId: string, time: number): ItemKey => ({
  subject: accessKeySubject(accessKeyId),
  span: dayOf(time),
});

/** Pages are looked up by their subjects many times an event, and a text that is made anew is slow to look up. */
export const principalSubject = kept(20_000, (principal) => `principal/${principal}`);
export const secretSubject = kept(20_000, (secret) => `secret/${secret}`);
export const accessKeySubject = kept(20_000, (accessKeyId) => `key/${accessKeyId}`);
const accountSubject = kept(1000, (accountId) => `account/${accountId}`);

/** What stays: who acts, from where, by what means, on which secret, and since when. */
export function noteLasting(event: AuditEvent, { canaries }: Deployment, notebook: Notebook): void {
  const { accountId, time, secrets } = event;
  if (canaries.length > 0 && isRead(event) && secrets.some(({ name }) => matchesAny(canaries, name)))
    notebook.about(accountHour(accountId, time), time, DAY).each('canary', '');
  noteAccount(event, notebook.about(accountPage(accountId), time, 400 * DAY));
  if (teaches(event)) noteHabits(event, notebook);
  noteDeployment(event, notebook);
  if (event.outcome.is === 'denied') noteRefusals(event, notebook);
  if (event.outcome.is !== 'ok') noteFailures(event, notebook);
  for (const { key } of secrets)
    noteHistory(event, notebook.about(secretPage(key, quarterOf(time)), time, KEPT));
}

/** The quarter is noted so that the item is written now and then, and does not end while it is needed. */
function noteAccount(event: AuditEvent, account: Entry): void {
  account.first('since', '');
  account.first('quarter', quarterOf(event.time));
  if (event.region !== '') account.first('region', event.region);
  if (isTold(event)) account.first('reads', '');
  const owner = event.origin.endpointAccountId;
  if (owner !== undefined && owner !== event.accountId && event.kind === 'call' && event.outcome.is === 'ok')
    account.first('endpoint-owner', owner);
  if (event.kind === 'witness' && event.resource !== undefined) account.first('key', event.resource);
  const rotator = event.kind === 'seen' ? foundRotator(event) : rotatorIn(event);
  if (rotator !== undefined) account.first('rotator', rotator);
}

const foundRotator = ({ details }: AuditEvent): string | undefined => {
  const arn = readInventory(inventoryText(details))?.rotationFunction;
  return arn === undefined ? undefined : functionName(arn);
};

function noteDeployment(event: AuditEvent, notebook: Notebook): void {
  const { principal, time, outcome } = event;
  const deployed = outcome.is === 'ok' ? functionIn(event) : undefined;
  if (deployed === undefined) return;
  notebook.about(principalPage(principal.key, quarterOf(time)), time, KEPT).first('deployed', deployed);
}

/** Longer than two quarters, so that the 90 days before any event are there. */
export const KEPT = 190 * DAY;

export const isRead = ({ name, outcome }: AuditEvent): boolean => outcome.is === 'ok' && READS.has(name);

/** Read, and told by the service itself; KMS tells the same once more. */
const isTold = (event: AuditEvent): boolean => event.kind === 'call' && isRead(event);

const READS: ReadonlySet<string> = new Set([
  'secretsmanager:GetSecretValue',
  'secretsmanager:BatchGetSecretValue',
  'kms:Decrypt',
  'ssm:GetParameter',
  'ssm:GetParameters',
]);

/** What was refused is no habit: else probing would make itself usual. */
const teaches = ({ kind, name, outcome }: AuditEvent): boolean =>
  outcome.is === 'ok' &&
  (name.startsWith('secretsmanager:') || READS.has(name)) &&
  (kind === 'call' || kind === 'witness');

/** By the day: what was refused long ago says nothing of today. */
export const refusal = (day: string, secret: string): string => `${day}/${secret}`;

/** What fails every day is a program’s, and no search. */
function noteFailures(event: AuditEvent, notebook: Notebook): void {
  const { principal, time, secrets } = event;
  const failing = doingOf(event);
  if (failing !== 'absent' && failing !== 'undecrypted') return;
  const actor = notebook.about(principalPage(principal.key, quarterOf(time)), time, KEPT);
  for (const { key } of secrets) actor.first(failing, key);
}

function noteRefusals({ principal, time, secrets }: AuditEvent, notebook: Notebook): void {
  const actor = notebook.about(principalPage(principal.key, quarterOf(time)), time, KEPT);
  for (const { key } of secrets) actor.first('denied', refusal(dayOf(time), key));
}

/** More of what is usual makes nothing odd. What one session does is no habit. */
export const isHabit = ({ key, kind, keep }: Note): boolean =>
  keep === 'first' && HABITS.has(kind) && !key.subject.startsWith('key/');

const HABITS: ReadonlySet<string> = new Set([
  'day',
  'call',
  'stage',
  'region',
  'read',
  'called',
  'network',
  'tool',
  'hour',
  'deployed',
  'made',
  'reader',
]);

function noteHabits(event: AuditEvent, notebook: Notebook): void {
  const { principal, time, request } = event;
  const actor = notebook.about(principalPage(principal.key, quarterOf(time)), time, KEPT);
  actor.first('day', dayOf(time));
  actor.first('call', event.name);
  const stage = request?.['versionStage'];
  if (typeof stage === 'string') actor.first('stage', stage);
  actor.first('region', event.region);
  if (event.name === 'secretsmanager:CreateSecret')
    for (const { key } of event.secrets) actor.first('made', key);
  if (isRead(event)) for (const { key } of event.secrets) actor.first('read', key);
  if (isTold(event)) for (const { key } of event.secrets) actor.first('called', key);
  notePlace(event, actor, notebook);
}

function notePlace(event: AuditEvent, actor: Entry, notebook: Notebook): void {
  const network = ownNetworkOf(event);
  if (network === undefined) return;
  const { time, origin, principal } = event;
  actor.first('network', network);
  actor.first('tool', toolOf(origin.userAgent));
  actor.first('hour', hourOfDay(time));
  if (principal.accessKeyId !== undefined)
    notebook.about(accessKeyPage(principal.accessKeyId, time), time, 2 * DAY).first('network', network);
}

/** A service that calls on behalf of someone has its own network, which says nothing of theirs. */
export const ownNetworkOf = ({ kind, principal, origin }: AuditEvent): string | undefined =>
  kind === 'witness' || principal.invokedBy !== undefined ? undefined : networkOf(origin);

function noteHistory(event: AuditEvent, secret: Entry): void {
  if (isRead(event)) {
    for (const reader of readersOf(event)) secret.first('reader', reader);
    secret.first('day', dayOf(event.time));
  } else if (event.kind === 'seen') noteInventory(event, secret);
  else if (event.kind === 'service') secret.each(callOf(event), event.versionId ?? '');
  else if (event.kind === 'label') secret.each('label', event.versionId ?? '');
  else if (event.kind === 'call' && event.outcome.is === 'ok' && !LOOKS.has(event.name))
    noteChange(event, secret);
}

/** Who of another account it was, only that account's record says: the account itself is a reader too. */
const readersOf = ({ principal, accountId }: AuditEvent): string[] =>
  principal.accountId === undefined || principal.accountId === accountId
    ? [principal.key]
    : [...new Set([principal.key, principal.accountId])];

function noteInventory({ details }: AuditEvent, secret: Entry): void {
  const inventory = inventoryText(details);
  if (inventory !== undefined) secret.changes('seen', inventory);
  const pending = asText(details?.['pendingVersion']);
  if (pending !== undefined) secret.first('pending', pending);
}

function noteChange(event: AuditEvent, secret: Entry): void {
  secret.each(callOf(event), event.principal.key);
  const arn = event.name === 'secretsmanager:RotateSecret' ? event.request?.['rotationLambdaARN'] : undefined;
  if (typeof arn === 'string') secret.each('function', arn);
  const days = rotationDays(event);
  if (days !== undefined) secret.each('days', String(days));
}

/** Calls that neither read a value nor change a thing. */
const LOOKS: ReadonlySet<string> = new Set(
  [
    'DescribeSecret',
    'GetResourcePolicy',
    'ListSecretVersionIds',
    'ListSecrets',
    'ValidateResourcePolicy',
  ].map((call) => `secretsmanager:${call}`),
);

const callOf = ({ name }: AuditEvent): string => name.slice(name.indexOf(':') + 1);

/** The interval that RotateSecret sets, in days; absent where it sets none, or another kind of schedule. */
export function rotationDays({ name, request }: AuditEvent): number | undefined {
  const rules = name === 'secretsmanager:RotateSecret' ? request?.['rotationRules'] : undefined;
  const { automaticallyAfterDays: days } = (rules ?? {}) as { automaticallyAfterDays?: unknown };
  return typeof days === 'number' ? days : undefined;
}

/**
 * What is kept for a while, to be counted together: all but the reads that are usual for this principal. Usual reads
 * are nearly all of the traffic, and need no write.
 */
export function notePassing(event: AuditEvent, usual: boolean, notebook: Notebook): void {
  const { kind, principal, time, secrets, region } = event;
  if ((kind !== 'call' && kind !== 'witness') || (usual && isRead(event))) return;
  const doing = doingOf(event);
  if (doing === undefined) return;
  const hour = notebook.about(principalHour(principal.key, time), time, 9 * DAY);
  for (const { key } of secrets) hour.each(doing, key);
  // The pages of a filter are alike, and come within a second: only their ids tell them apart.
  if (secrets.length === 0) hour.each(doing, doing === 'filter' ? event.id : callOf(event));
  hour.each('region', region);
}

/** `read`, `list`, `look`, `policy`, `filter`, `delete`, `rekey`; `denied`, `absent`, `undecrypted`: the last three were refused. */
function doingOf(event: AuditEvent): string | undefined {
  const { outcome, name } = event;
  if (outcome.is === 'denied') return OF_KEY.test(outcome.message) ? 'undecrypted' : 'denied';
  if (outcome.is === 'failed')
    return OF_VERSION.test(outcome.message) ? undefined : REFUSALS.get(outcome.code);
  if (name === 'secretsmanager:UpdateSecret' && event.request?.['kmsKeyId'] !== undefined) return 'rekey';
  return name === 'secretsmanager:BatchGetSecretValue' && event.secrets.length === 0
    ? 'filter'
    : DOINGS.get(name);
}

/** Where the key refuses, and not the secret: `Access to KMS is not allowed`. */
const OF_KEY = /\bKMS\b/;

/** The secret is there, and has no such version: a rotation asks so before it makes one. */
const OF_VERSION = /specified secret value for/;

const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['ResourceNotFoundException', 'absent'],
  ['DecryptionFailure', 'undecrypted'],
  ['DecryptionFailureException', 'undecrypted'],
]);

const DOINGS: ReadonlyMap<string, string> = new Map([
  ...[...READS].map((name) => [name, 'read'] as const),
  ['secretsmanager:ListSecrets', 'list'],
  ['secretsmanager:DescribeSecret', 'look'],
  ['secretsmanager:GetResourcePolicy', 'policy'],
  ['secretsmanager:DeleteSecret', 'delete'],
]);

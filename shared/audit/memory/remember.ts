/** What is remembered of an event, and where. The kinds of notes are said here and nowhere else. */
import { matchesAny } from '../../core/patterns.ts';
import type { Deployment } from '../deployment.ts';
import type { AuditEvent } from '../events/event.ts';
import { textIn } from '../events/logged.ts';
import { networkOf } from '../events/network.ts';
import { toolOf } from '../events/tool.ts';
import { inventoryText } from './inventory.ts';
import type { ItemKey } from './memory.ts';
import type { Note } from './note.ts';
import { DAY, dayOf, hourOf, quarterOf } from './spans.ts';

/** @param quarter as `quarterOf` gives it. */
export const principalPage = (principal: string, quarter: string): ItemKey => ({
  subject: `principal/${principal}`,
  span: quarter,
});
export const principalHour = (principal: string, time: number): ItemKey => ({
  subject: `principal/${principal}`,
  span: hourOf(time),
});
export const secretPage = (secret: string, quarter: string): ItemKey => ({
  subject: `secret/${secret}`,
  span: quarter,
});
export const accountPage = (accountId: string): ItemKey => ({ subject: `account/${accountId}`, span: 'all' });
export const accountHour = (accountId: string, time: number): ItemKey => ({
  subject: `account/${accountId}`,
  span: hourOf(time),
});
export const accessKeyPage = (accessKeyId: string, time: number): ItemKey => ({
  subject: `key/${accessKeyId}`,
  span: dayOf(time),
});

type Told = Pick<Note, 'kind' | 'value' | 'keep'>;
const first = (kind: string, value: string): Told => ({ kind, value, keep: 'first' });
const each = (kind: string, value: string): Told => ({ kind, value, keep: 'each' });

const noted = (event: AuditEvent, key: ItemKey, kept: number, told: readonly Told[]): Note[] =>
  told.map((what) => ({ ...what, key, time: event.time, until: event.time + kept }));

/** What stays: who acts, from where, by what means, on which secret, and since when. */
export const lasting = (event: AuditEvent, { canaries }: Deployment): Note[] => [
  ...(isRead(event) && event.secrets.some(({ name }) => matchesAny(canaries, name))
    ? noted(event, accountHour(event.accountId, event.time), DAY, [each('canary', '')])
    : []),
  ...noted(event, accountPage(event.accountId), 400 * DAY, ofAccount(event)),
  ...(teaches(event) ? habits(event) : []),
  ...refusals(event),
  ...event.secrets.flatMap((secret) =>
    noted(event, secretPage(secret.key, quarterOf(event.time)), KEPT, historyOf(event)),
  ),
];

/** The quarter is noted so that the item is written now and then, and does not end while it is needed. */
const ofAccount = (event: AuditEvent): Told[] => [
  first('since', ''),
  first('quarter', quarterOf(event.time)),
  ...(event.region === '' ? [] : [first('region', event.region)]),
  ...(isTold(event) ? [first('reads', '')] : []),
  ...(event.kind === 'witness' && event.resource !== undefined ? [first('key', event.resource)] : []),
];

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

const refusals = (event: AuditEvent): Note[] =>
  event.outcome.is === 'denied' && event.secrets.length > 0
    ? noted(
        event,
        principalPage(event.principal.key, quarterOf(event.time)),
        KEPT,
        event.secrets.map(({ key }) => first('denied', key)),
      )
    : [];

function habits(event: AuditEvent): Note[] {
  const { principal, time } = event;
  const network = ownNetworkOf(event);
  const told = [
    first('day', dayOf(time)),
    first('call', event.name),
    ...stageOf(event),
    first('region', event.region),
    ...(isRead(event) ? event.secrets.map(({ key }) => first('read', key)) : []),
    ...(isTold(event) ? event.secrets.map(({ key }) => first('called', key)) : []),
    ...(network === undefined
      ? []
      : [
          first('network', network),
          first('tool', toolOf(event.origin.userAgent)),
          first('hour', hourOfDay(time)),
        ]),
  ];
  return [
    ...noted(event, principalPage(principal.key, quarterOf(time)), KEPT, told),
    ...(network === undefined || principal.accessKeyId === undefined
      ? []
      : noted(event, accessKeyPage(principal.accessKeyId, time), 2 * DAY, [first('network', network)])),
  ];
}

function stageOf({ request }: AuditEvent): Told[] {
  const stage = request?.['versionStage'];
  return typeof stage === 'string' ? [first('stage', stage)] : [];
}

/** A service that calls on behalf of someone has its own network, which says nothing of theirs. */
export const ownNetworkOf = ({ kind, principal, origin }: AuditEvent): string | undefined =>
  kind === 'witness' || principal.invokedBy !== undefined ? undefined : networkOf(origin);

const hourOfDay = (time: number): string => String(new Date(time).getUTCHours());

function historyOf(event: AuditEvent): Told[] {
  if (isRead(event))
    return [...readersOf(event).map((reader) => first('reader', reader)), first('day', dayOf(event.time))];
  if (event.kind === 'seen') return seen(event);
  if (event.kind === 'service') return [each(callOf(event), event.versionId ?? '')];
  if (event.kind === 'label') return [each('label', event.versionId ?? '')];
  if (event.kind === 'call' && event.outcome.is === 'ok' && !LOOKS.has(event.name))
    return [each(callOf(event), event.principal.key), ...functionOf(event), ...intervalOf(event)];
  return [];
}

/** Who of another account it was, only that account's record says: the account itself is a reader too. */
const readersOf = ({ principal, accountId }: AuditEvent): string[] =>
  principal.accountId === undefined || principal.accountId === accountId
    ? [principal.key]
    : [...new Set([principal.key, principal.accountId])];

function seen({ details }: AuditEvent): Told[] {
  const inventory = inventoryText(details);
  const pending = textIn(details, 'pendingVersion');
  return [
    ...(inventory === undefined ? [] : [{ kind: 'seen', value: inventory, keep: 'changes' } as const]),
    ...(pending === undefined ? [] : [first('pending', pending)]),
  ];
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

function functionOf({ name, request }: AuditEvent): Told[] {
  const arn = name === 'secretsmanager:RotateSecret' ? request?.['rotationLambdaARN'] : undefined;
  return typeof arn === 'string' ? [each('function', arn)] : [];
}

function intervalOf(event: AuditEvent): Told[] {
  const days = rotationDays(event);
  return days === undefined ? [] : [each('days', String(days))];
}

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
export const passing = (event: AuditEvent, usual: boolean): Note[] =>
  event.kind === 'call' || event.kind === 'witness'
    ? noted(event, principalHour(event.principal.key, event.time), 9 * DAY, doings(event, usual))
    : [];

function doings(event: AuditEvent, usual: boolean): Told[] {
  const doing = usual && isRead(event) ? undefined : doingOf(event);
  if (doing === undefined) return [];
  const targets = event.secrets.length > 0 ? event.secrets.map(({ key }) => key) : [callOf(event)];
  return [...targets.map((target) => each(doing, target)), each('region', event.region)];
}

/** `read`, `list`, `look`, `filter`, `delete`; `denied`, `absent`, `undecrypted`: the last three were refused. */
function doingOf(event: AuditEvent): string | undefined {
  const { outcome, name } = event;
  if (outcome.is === 'denied') return 'denied';
  if (outcome.is === 'failed') return REFUSALS.get(outcome.code);
  return name === 'secretsmanager:BatchGetSecretValue' && event.secrets.length === 0
    ? 'filter'
    : DOINGS.get(name);
}

const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['ResourceNotFoundException', 'absent'],
  ['DecryptionFailure', 'undecrypted'],
  ['DecryptionFailureException', 'undecrypted'],
]);

const DOINGS: ReadonlyMap<string, string> = new Map([
  ...[...READS].map((name) => [name, 'read'] as const),
  ['secretsmanager:ListSecrets', 'list'],
  ['secretsmanager:DescribeSecret', 'look'],
  ['secretsmanager:DeleteSecret', 'delete'],
]);

/** The alert as a person reads it, in a mail: who did what and when, why it matters, and what to do. */
import type { Alert } from './alert.ts';
import { safeText } from './safe-text.ts';

/** SNS takes a subject of printable ASCII, less than 100 characters long. */
export function subjectOf({ severity, stage, title, accountId }: Alert): string {
  const update = stage === 'grown' ? 'Update: ' : '';
  const subject = `[Keyturn ${severity}] ${update}${title} (account ${accountId})`;
  return subject
    .replaceAll('’', "'")
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 99);
}

export const textOf = (alert: Alert): string =>
  [
    `${alert.severity.toUpperCase()}: ${alert.title}`,
    '',
    ...who(alert),
    ...when(alert),
    ...from(alert),
    '',
    'What was seen',
    ...alert.findings.flatMap(({ because }) => because.map((sentence) => `- ${sentence}`)),
    '',
    'Why it matters',
    ...[...new Set(alert.findings.slice(0, 3).map(({ why }) => why))].map((why) => `- ${why}`),
    '',
    'What to do',
    ...alert.runbook.map((step, at) => `${at + 1}. ${step}`),
    ...secrets(alert),
    '',
    'Look further',
    `- The event: ${alert.links.event}`,
    ...(alert.links.accessKey === null ? [] : [`- All that this access key did: ${alert.links.accessKey}`]),
    '',
    `Alert ${alert.id}, incident ${alert.incidentId}, CloudTrail event ${safeText(alert.eventIds[0] ?? 'unknown')}`,
    '',
  ].join('\n');

const who = ({ principal }: Alert): string[] => [
  `Who:   ${NOUNS[principal.type] ?? 'principal'} ${principal.key.replace(/:root$/, '')}`,
  ...(principal.type === 'root' || principal.arn === null || principal.arn === principal.key
    ? []
    : [`       as ${principal.arn}`]),
];

const NOUNS: Readonly<Record<string, string>> = {
  role: 'the role',
  person: 'the person',
  user: 'the IAM user',
  root: 'the root user of account',
  federated: 'the federated user',
  account: 'the account',
  service: 'the service',
};

function when({ firstEventTime, lastEventTime, accountId, region }: Alert): string[] {
  const short = (time: string) => `${time.slice(0, 16).replace('T', ' ')} UTC`;
  const span =
    firstEventTime === lastEventTime
      ? short(firstEventTime)
      : `${short(firstEventTime)} to ${short(lastEventTime)}`;
  return [`When:  ${span}`, `Where: account ${accountId}, ${region}`];
}

/** What a service told of the same calls says nothing of where the caller is. */
const from = ({ origins }: Alert): string[] => {
  const known = origins.filter(({ address }) => address !== '');
  const own = known.filter(({ tool }) => tool !== 'service');
  return (own.length > 0 ? own : known).slice(0, 5).map(({ address, vpcEndpointId, tool }, at) => {
    const by = vpcEndpointId === null ? '' : ` through ${vpcEndpointId}`;
    const what = tool === 'service' ? '' : `, by what calls itself ${tool}`;
    return `${at === 0 ? 'From:  ' : '       '}${address}${by}${what}`;
  });
};

function secrets({ secrets: { total, listed } }: Alert): string[] {
  if (total === 0) return [];
  const shown = listed.slice(0, 25);
  return [
    '',
    total === 1 ? 'The secret' : `The ${total} secrets${total >= 200 ? ' (or more)' : ''}`,
    ...shown.map(lineOf),
    ...(total > shown.length ? [`- and ${total - shown.length} more`] : []),
  ];
}

function lineOf({
  name,
  versions,
  stillValid,
  strategy,
  host,
  user,
  owner,
}: Alert['secrets']['listed'][number]): string {
  const facts = [
    user === null ? undefined : `user ${user}`,
    host === null ? undefined : `at ${host}`,
    strategy ?? undefined,
    owner === null ? undefined : `owner ${owner}`,
    versions.length === 0 ? undefined : `version ${versions.join(' and ')} read`,
    VALID[stillValid],
  ];
  return `- ${name}: ${facts.filter((fact) => fact !== undefined).join(', ')}`;
}

const VALID: Readonly<Record<string, string>> = {
  yes: 'not rotated since, so what was read still works',
  no: 'rotated since, so what was read no longer works',
  unknown: 'rotated since; with two users or two passwords what was read works until the next rotation',
  unread: 'not read',
};

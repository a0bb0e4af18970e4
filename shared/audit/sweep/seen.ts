/** What the sweep tells the detectors of a secret: the event `Secret Seen`. */
import { dayOf, HOUR } from '../memory/spans.ts';
import { dueAt } from './controls.ts';
import type { ListedSecret, Replica } from './listed-secret.ts';

export interface TagNames {
  readonly honeytoken: string;
  readonly tier: string;
  readonly owner: string;
}

/** What was found of one secret. */
export interface Found {
  readonly secret: ListedSecret;
  readonly replicas: readonly Replica[];
}

/** One a day for each secret: however often it is swept, it is the same event. */
export function seenEvent(found: Found, tagNames: TagNames, now: number): object {
  const { secret } = found;
  const [, , , region, account] = secret.arn.split(':');
  return {
    id: `seen/${secret.arn}/${dayOf(now)}`,
    source: 'keyturn',
    'detail-type': 'Secret Seen',
    time: new Date(now).toISOString(),
    account,
    region,
    detail: detailOf(found, tagNames, now),
  };
}

function detailOf({ secret, replicas }: Found, { honeytoken, tier, owner }: TagNames, now: number): object {
  const { arn, tags, rotationEnabled, rotationFunction, pendingVersion, changedAt } = secret;
  const due = dueAt(secret);
  const [user, host] = tags.get('keyturn:account')?.split('@') ?? [];
  return {
    arn,
    rotated: rotationEnabled,
    rotationFunction,
    ...(tags.get(honeytoken)?.toLowerCase() === 'true' && { honeytoken: true }),
    tier: tags.get(tier),
    owner: tags.get(owner),
    strategy: tags.get('keyturn:strategy'),
    ...{ user, host },
    ...(due !== undefined && { rotationDue: new Date(due).toISOString() }),
    // It has been pending at least since the last change, which is what the list tells.
    ...(pendingVersion !== undefined && {
      pendingVersion,
      pendingSince: new Date(changedAt).toISOString(),
    }),
    failedReplicas: regionsOf(replicas, 'Failed'),
    lateReplicas: now - changedAt > HOUR ? regionsOf(replicas, 'InProgress') : [],
  };
}

const regionsOf = (replicas: readonly Replica[], wanted: Replica['status']): string[] =>
  replicas.filter(({ status }) => status === wanted).map(({ region }) => region);

/** What the sweep tells the detectors of a secret: the event `Secret Seen`. */
import { dayOf } from '../memory/spans.ts';
import { dueAt } from './controls.ts';
import type { ListedSecret } from './listed-secret.ts';

export interface TagNames {
  readonly honeytoken: string;
  readonly tier: string;
  readonly owner: string;
}

/** One a day for each secret: however often it is swept, it is the same event. */
export function seenEvent(secret: ListedSecret, tagNames: TagNames, now: number): object {
  const [, , , region, account] = secret.arn.split(':');
  return {
    id: `seen/${secret.arn}/${dayOf(now)}`,
    source: 'keyturn',
    'detail-type': 'Secret Seen',
    time: new Date(now).toISOString(),
    account,
    region,
    detail: detailOf(secret, tagNames),
  };
}

function detailOf(secret: ListedSecret, { honeytoken, tier, owner }: TagNames): object {
  const { arn, tags, rotationEnabled, rotationFunction, isPending, changedAt } = secret;
  const due = dueAt(secret);
  const [user, host] = tags.get('keyturn:account')?.split('@') ?? [];
  return {
    arn,
    rotated: rotationEnabled,
    rotationFunction,
    ...(tags.get(honeytoken)?.toLowerCase() === 'true' && { honeytoken: true }),
    tier: tags.get(tier),
    owner: tags.get(owner),
    ...{ user, host },
    ...(due !== undefined && { rotationDue: new Date(due).toISOString() }),
    // It cannot have been pending for longer than since the last change; and that is what the list tells.
    ...(isPending && { pendingSince: new Date(changedAt).toISOString() }),
  };
}

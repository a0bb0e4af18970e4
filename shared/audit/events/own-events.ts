/**
 * The events that Keyturn itself puts on the bus, source `keyturn`: what the sweep found (`Secret Seen`), that time has
 * passed (`Tick`), that a step of a rotation failed (`Step Failed`, made of the function's outcome line), and that events
 * could not be read (`Unreadable`).
 */
import type { AuditEvent, EventKind, Logged } from './event.ts';
import { textIn } from './logged.ts';
import { principalOf } from './principal.ts';
import type { Unreadable } from './read-event.ts';
import { secretRef } from './secret-ref.ts';

const KINDS: ReadonlyMap<string, EventKind> = new Map([
  ['Secret Seen', 'seen'],
  ['Tick', 'tick'],
  ['Step Failed', 'step'],
  ['Unreadable', 'tick'],
]);

/** @param detail `arn` names the secret; `code` and `cause` say what failed; the rest is left to the detectors. */
export function readOwnEvent(event: Logged, detail: Logged, type: string): AuditEvent | Unreadable {
  const id = textIn(event, 'id');
  const kind = KINDS.get(type);
  const time = Date.parse(textIn(event, 'time') ?? '');
  if (kind === undefined) return { reason: 'has a detail-type that Keyturn does not send', id };
  if (id === undefined || Number.isNaN(time)) return { reason: 'has no id, or no time that is a date', id };
  const accountId = textIn(event, 'account') ?? '';
  const region = textIn(event, 'region') ?? '';
  const arn = textIn(detail, 'arn');
  return {
    kind,
    id,
    sharedId: undefined,
    time,
    name: `keyturn:${type.replace(' ', '')}`,
    accountId,
    region,
    principal: principalOf({ invokedBy: 'keyturn' }),
    origin: { address: '', vpcEndpointId: undefined, userAgent: '' },
    outcome: {
      is: kind === 'step' ? 'failed' : 'ok',
      code: textIn(detail, 'code') ?? '',
      message: textIn(detail, 'cause') ?? '',
    },
    secrets: arn === undefined ? [] : [secretRef(arn, accountId, region)],
    resource: undefined,
    versionId: textIn(detail, 'versionId'),
    request: undefined,
    response: undefined,
    details: detail,
    omitted: false,
  };
}

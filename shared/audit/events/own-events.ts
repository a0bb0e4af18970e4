/**
 * The events that Keyturn itself puts on the bus, source `keyturn`: what the sweep found (`Secret Seen`), that time has
 * passed (`Tick`), that a step of a rotation failed (`Step Failed`, made of the function's outcome line), and that events
 * could not be read (`Unreadable`).
 */
import type { AuditEvent, EventKind, Logged, Unreadable } from './event.ts';
import { asText } from './logged.ts';
import { nativeEvent } from './native-event.ts';

const KINDS: ReadonlyMap<string, EventKind> = new Map([
  ['Secret Seen', 'seen'],
  ['Tick', 'tick'],
  ['Step Failed', 'step'],
  ['Unreadable', 'tick'],
]);

/** @param detail `arn` names the secret; `code` and `cause` say what failed; the rest is left to the detectors. */
export function readOwnEvent(event: Logged, detail: Logged, type: string): AuditEvent | Unreadable {
  const kind = KINDS.get(type);
  if (kind === undefined)
    return { reason: 'has a detail-type that Keyturn does not send', id: asText(event['id']) };
  return nativeEvent(event, detail, {
    kind,
    name: `keyturn:${type.replace(' ', '')}`,
    by: 'keyturn',
    secretId: asText(detail?.['arn']),
    outcome: {
      is: kind === 'step' ? 'failed' : 'ok',
      code: asText(detail?.['code']) ?? '',
      message: asText(detail?.['cause']) ?? '',
    },
  });
}

/** An event that is put on the bus as it is, without CloudTrail: Secrets Manager's own, and Keyturn's. */
import type { AuditEvent, EventKind, Logged, Outcome, Unreadable } from './event.ts';
import { asText } from './logged.ts';
import { principalOf } from './principal.ts';
import { secretRef } from './secret-ref.ts';
import { timeOf } from './time.ts';

export interface NativeEvent {
  readonly kind: EventKind;
  readonly name: string;
  /** The service that tells. */
  readonly by: string;
  readonly secretId: string | undefined;
  readonly outcome: Outcome;
}

export function nativeEvent(
  event: Logged,
  detail: Logged,
  { kind, name, by, secretId, outcome }: NativeEvent,
): AuditEvent | Unreadable {
  const id = asText(event['id']);
  const time = timeOf(asText(event['time']));
  if (id === undefined || time === undefined) return { reason: 'has no id, or no time that is a date', id };
  const accountId = asText(event['account']) ?? '';
  const region = asText(event['region']) ?? '';
  return {
    kind,
    id,
    sharedId: undefined,
    time,
    name,
    accountId,
    region,
    principal: principalOf({ invokedBy: by }),
    origin: { address: '', vpcEndpointId: undefined, userAgent: '' },
    outcome,
    secrets: secretId === undefined ? [] : [secretRef(secretId, accountId, region)],
    resource: undefined,
    versionId: asText(detail?.['versionId']),
    request: undefined,
    response: undefined,
    details: detail,
    omitted: false,
  };
}

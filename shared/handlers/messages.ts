/** What the audit function is given, message by message: by SQS, or an event or a log subscription by itself. */
import { eventsIn } from '../audit/events/delivery.ts';
import type { AuditEvent } from '../audit/events/event.ts';
import { isUnreadable, readEvent } from '../audit/events/read-event.ts';
import type { Facts } from '../core/invocation.ts';

export interface Message {
  /** Undefined for what is not a message of SQS. */
  readonly id: string | undefined;
  readonly events: readonly AuditEvent[];
  /** Whether something of it could not be read. */
  readonly isKept: boolean;
}

/** Of those that are told. */
const MOST_UNREADABLE = 20;

/** Each record that cannot be read is told, and the others of its message are judged. */
export function readMessage({ id, sentAt, document }: Delivery, facts: Facts): Message {
  const events: AuditEvent[] = [];
  const unread: string[] = [];
  for (const raw of tried(() => eventsIn(document()), unread)) {
    const read = readEvent(raw);
    if (read === undefined) continue;
    if (isUnreadable(read)) unread.push(`${read.id ?? 'an event'} ${read.reason}`.slice(0, 200));
    else events.push(read);
  }
  if (unread.length === 0) return { id, events, isKept: false };
  facts.unreadable = [...(facts.unreadable ?? []), ...unread].slice(0, MOST_UNREADABLE);
  return { id, events: [...events, ...unreadableEvent({ id, sentAt }, unread.length, events)], isKept: true };
}

/** What a detector is told of them: how many, in the account of the events beside them. */
function unreadableEvent(
  { id, sentAt }: Pick<Delivery, 'id' | 'sentAt'>,
  count: number,
  [beside]: readonly AuditEvent[],
): AuditEvent[] {
  const read = readEvent({
    id: `unreadable/${id ?? 'event'}`,
    source: 'keyturn',
    'detail-type': 'Unreadable',
    time: sentAt.toISOString(),
    account: beside?.accountId,
    region: beside?.region,
    detail: { count },
  });
  return read === undefined || isUnreadable(read) ? [] : [read];
}

function tried(read: () => readonly unknown[], unreadable: string[]): readonly unknown[] {
  try {
    return read();
  } catch {
    unreadable.push('a message is not JSON');
    return [];
  }
}

export interface Delivery {
  readonly id: string | undefined;
  /** The same when it is delivered again. */
  readonly sentAt: Date;
  readonly document: () => unknown;
}

export function deliveriesOf(event: unknown): Delivery[] {
  const records = (event as { Records?: unknown } | null)?.Records;
  if (!Array.isArray(records) || !records.every(isSqsRecord))
    return [{ id: undefined, sentAt: new Date(), document: () => event }];
  return records.map(({ messageId, body, attributes }) => ({
    id: messageId,
    sentAt: new Date(Number(attributes?.SentTimestamp ?? Date.now())),
    document: () => JSON.parse(body) as unknown,
  }));
}

interface SqsRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes?: { readonly SentTimestamp?: string };
}

const isSqsRecord = (record: unknown): record is SqsRecord => {
  const { eventSource, messageId, body } = (record ?? {}) as Record<string, unknown>;
  return eventSource === 'aws:sqs' && typeof messageId === 'string' && typeof body === 'string';
};

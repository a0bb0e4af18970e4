/** Events in, alerts out: what a batch of SQS, an event or a log subscription is made of. */
import type { Audit, AuditReport } from '../audit/audit.ts';
import { eventsIn } from '../audit/events/delivery.ts';
import type { AuditEvent } from '../audit/events/event.ts';
import { isUnreadable, readEvent } from '../audit/events/read-event.ts';
import { readEnv } from '../core/env.ts';
import { scrubbed } from '../core/errors.ts';
import { type Facts, invocation } from '../core/invocation.ts';
import { createLog } from '../core/log.ts';
import { auditParts } from './audit-parts.ts';

/** What SQS is told: the messages that it must deliver again. */
interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

interface Message {
  /** Undefined for what is not a message of SQS. */
  readonly id: string | undefined;
  readonly events: readonly AuditEvent[];
  /** Whether something of it could not be read. */
  readonly isKept: boolean;
}

export const auditHandler = () => {
  let audit: Audit | undefined;
  return invocation<unknown, BatchResponse>(
    () => createLog('keyturn'),
    (event, { facts }) => {
      audit ??= auditParts(readEnv()).audit;
      return takeAndKeep(audit, messagesIn(event, facts), facts);
    },
  );
};

/**
 * What could not be read goes back to the queue, which after some more tries puts it with its dead letters: there it is
 * kept, for whoever wants to know what it was, or to send it again to a function that can read it.
 */
async function takeAndKeep(audit: Audit, messages: readonly Message[], facts: Facts): Promise<BatchResponse> {
  const { batchItemFailures: failures } = await takeAll(audit, messages, facts);
  const kept = messages.flatMap(({ id, isKept }) => (isKept && id !== undefined ? [id] : []));
  const all = new Set([...failures.map(({ itemIdentifier }) => itemIdentifier), ...kept]);
  return { batchItemFailures: [...all].map((itemIdentifier) => ({ itemIdentifier })) };
}

/**
 * All at once, which needs the fewest calls; when that fails, message by message, so that one which cannot be done
 * does not hold up the others.
 */
async function takeAll(audit: Audit, messages: readonly Message[], facts: Facts): Promise<BatchResponse> {
  facts.events = messages.reduce((sum, { events }) => sum + events.length, 0);
  try {
    tell(facts, await audit.take(messages.flatMap(({ events }) => events)));
    return { batchItemFailures: [] };
  } catch (error) {
    return messages.length < 2
      ? again(messages, error, facts)
      : await takeEach(audit, messages, error, facts);
  }
}

async function takeEach(
  audit: Audit,
  messages: readonly Message[],
  reason: unknown,
  facts: Facts,
): Promise<BatchResponse> {
  const failed: Message[] = [];
  for (const message of messages)
    try {
      tell(facts, await audit.take(message.events));
    } catch {
      failed.push(message);
    }
  return failed.length === 0 ? { batchItemFailures: [] } : again(failed, reason, facts);
}

/** @throws the reason, for what SQS did not send: whoever sent that goes by the throw. */
function again(messages: readonly Message[], reason: unknown, facts: Facts): BatchResponse {
  const ids = messages.map(({ id }) => id).filter((id) => id !== undefined);
  if (ids.length < messages.length) throw reason;
  const { code, message, retryable } = scrubbed(reason);
  Object.assign(facts, { outcome: 'failed', errorCode: code, errorMessage: message, retryable });
  return { batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) };
}

function tell(facts: Facts, { findings, suppressed, published, broken }: AuditReport): void {
  facts.findings = (facts.findings ?? 0) + findings.length;
  facts.suppressed = (facts.suppressed ?? 0) + suppressed;
  facts.alerts = [...(facts.alerts ?? []), ...published.map(({ id }) => id)];
  if (broken.length > 0) facts.brokenDetectors = [...new Set([...(facts.brokenDetectors ?? []), ...broken])];
}

/** Each record that cannot be read is told, and the others of its message are judged. */
function messagesIn(event: unknown, facts: Facts): Message[] {
  const unreadable: string[] = [];
  const messages = deliveriesOf(event).map(({ id, sentAt, document }) => {
    const events: AuditEvent[] = [];
    const unread: string[] = [];
    for (const raw of tried(() => eventsIn(document()), unread)) {
      const read = readEvent(raw);
      if (read === undefined) continue;
      if (isUnreadable(read)) unread.push(`${read.id ?? 'an event'} ${read.reason}`.slice(0, 200));
      else events.push(read);
    }
    unreadable.push(...unread);
    return {
      id,
      events:
        unread.length === 0 ? events : [...events, ...unreadableEvent({ id, sentAt }, unread.length, events)],
      isKept: unread.length > 0,
    };
  });
  if (unreadable.length > 0) facts.unreadable = unreadable.slice(0, 20);
  return messages;
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

interface Delivery {
  readonly id: string | undefined;
  /** The same when it is delivered again. */
  readonly sentAt: Date;
  readonly document: () => unknown;
}

function deliveriesOf(event: unknown): Delivery[] {
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

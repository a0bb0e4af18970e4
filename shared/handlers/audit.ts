/** Events in, alerts out. */
import type { Audit, AuditReport } from '../audit/audit.ts';
import { readEnv } from '../core/env.ts';
import { scrubbed } from '../core/errors.ts';
import { type Facts, invocation } from '../core/invocation.ts';
import { createLog } from '../core/log.ts';
import { auditParts } from './audit-parts.ts';
import { deliveriesOf, type Message, readMessage } from './messages.ts';

/** What SQS is told: the messages that it must deliver again. */
interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export const auditHandler = () => {
  let audit: Audit | undefined;
  return invocation<unknown, BatchResponse>(
    () => createLog('keyturn'),
    (event, { facts }) => {
      audit ??= auditParts(readEnv()).audit;
      return takeEvent(audit, event, facts);
    },
  );
};

/** A batch of SQS may have 10,000 messages, and a record in memory is many times as large as its text. */
const MOST_AT_ONCE = 500;

/** @param event a batch of SQS, or one event. */
export async function takeEvent(audit: Audit, event: unknown, facts: Facts): Promise<BatchResponse> {
  const deliveries = deliveriesOf(event);
  const failures: string[] = [];
  for (let at = 0; at < deliveries.length; at += MOST_AT_ONCE) {
    const messages = deliveries.slice(at, at + MOST_AT_ONCE).map((delivery) => readMessage(delivery, facts));
    failures.push(...(await takeAndKeep(audit, messages, facts)));
  }
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
}

/**
 * What could not be read goes back to the queue, which after some more tries puts it with its dead letters: there it is
 * kept, for whoever wants to know what it was, or to send it again to a function that can read it.
 */
async function takeAndKeep(
  audit: Audit,
  messages: readonly Message[],
  facts: Facts,
): Promise<ReadonlySet<string>> {
  const failed = await takeAll(audit, messages, facts);
  const kept = messages.flatMap(({ id, isKept }) => (isKept && id !== undefined ? [id] : []));
  return new Set([...failed, ...kept]);
}

/**
 * All at once, which needs the fewest calls; when that fails, message by message, so that one which cannot be done
 * does not hold up the others.
 */
async function takeAll(audit: Audit, messages: readonly Message[], facts: Facts): Promise<readonly string[]> {
  facts.events = messages.reduce((sum, { events }) => sum + events.length, facts.events ?? 0);
  try {
    tell(facts, await audit.take(messages.flatMap(({ events }) => events)));
    return [];
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
): Promise<readonly string[]> {
  const failed: Message[] = [];
  for (const message of messages)
    try {
      tell(facts, await audit.take(message.events));
    } catch {
      failed.push(message);
    }
  return failed.length === 0 ? [] : again(failed, reason, facts);
}

/**
 * @returns the ids of what SQS must deliver again.
 * @throws the reason, for what SQS did not send: whoever sent that goes by the throw.
 */
function again(messages: readonly Message[], reason: unknown, facts: Facts): readonly string[] {
  const ids = messages.map(({ id }) => id).filter((id) => id !== undefined);
  if (ids.length < messages.length) throw reason;
  const { code, message, retryable } = scrubbed(reason);
  Object.assign(facts, { outcome: 'failed', errorCode: code, errorMessage: message, retryable });
  return ids;
}

function tell(facts: Facts, { findings, suppressed, published, broken }: AuditReport): void {
  facts.findings = (facts.findings ?? 0) + findings.length;
  facts.suppressed = (facts.suppressed ?? 0) + suppressed;
  facts.alerts = [...(facts.alerts ?? []), ...published.map(({ id }) => id)];
  if (broken.length > 0) facts.brokenDetectors = [...new Set([...(facts.brokenDetectors ?? []), ...broken])];
}

/**
 * EventBridge, as far as AWS's own events go: the emulator keeps the rules and judges their patterns, but lets nobody
 * put an event of AWS, and passes over rules that want all of CloudTrail's. Delivers to queues.
 */
import { randomUUID } from 'node:crypto';
import {
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  type Rule,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import type { BusEvent, EventBus } from '../event-bus.ts';

export interface Rules extends EventBus {
  /** Returns when all events put so far are delivered. @throws Error when one could not be. */
  delivered(): Promise<void>;
  close(): void;
}

/** @param settings of the emulator, as an SDK client takes them */
export function rulesOf(settings: SQSClientConfig & { readonly endpoint: string }): Rules {
  const events = new EventBridgeClient(settings as object);
  const queues = new SQSClient(settings);
  let taken: BusEvent[] = [];
  let last: Promise<void> = Promise.resolve();

  async function deliver(event: BusEvent): Promise<void> {
    const { Rules = [] } = await events.send(new ListRulesCommand({}));
    for (const rule of Rules) if (await matches(rule, event)) await send(rule, event);
  }

  async function matches({ EventPattern, State = 'ENABLED' }: Rule, event: BusEvent): Promise<boolean> {
    if (EventPattern === undefined || !lets(State, event)) return false;
    const test = new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(event) });
    return (await events.send(test)).Result === true;
  }

  async function send({ Name }: Rule, event: BusEvent): Promise<void> {
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
    for (const { Arn = '' } of Targets) {
      const [, , service, , , QueueName] = Arn.split(':');
      if (service !== 'sqs') throw new Error(`The rule ${Name} has a target that is no queue: ${Arn}.`);
      const { QueueUrl } = await queues.send(new GetQueueUrlCommand({ QueueName }));
      await queues.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
    }
  }

  return {
    put(event) {
      const whole: BusEvent = { version: '0', id: randomUUID(), ...event };
      taken.push(whole);
      last = last.then(() => deliver(whole));
      // Told by `delivered`.
      last.catch(() => {});
    },
    take() {
      const all = taken;
      taken = [];
      return all;
    },
    delivered: () => last,
    close() {
      events.destroy();
      queues.destroy();
    },
  };
}

/**
 * A rule that is just enabled sees no read that CloudTrail tells.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
 */
const lets = (state: string, { detail }: BusEvent): boolean =>
  state === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' ||
  (state === 'ENABLED' && detail['readOnly'] !== true);

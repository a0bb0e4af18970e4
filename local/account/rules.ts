/**
 * EventBridge, as far as AWS's own events go: the emulator keeps the rules and judges their patterns, but lets nobody
 * put an event of AWS, and passes over rules that want all of CloudTrail's. Delivers to queues, and to buses of any
 * Region, where it goes on by their rules.
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

type Settings = SQSClientConfig & { readonly endpoint: string; readonly region: string };

/** @param settings of the emulator, as an SDK client takes them; the Region is where events are put */
export function rulesOf(settings: Settings): Rules {
  const clients = new Map<string, Clients>();
  let taken: BusEvent[] = [];
  let last: Promise<void> = Promise.resolve();

  function clientsIn(region: string): Clients {
    const known = clients.get(region);
    if (known !== undefined) return known;
    const its = { ...settings, region };
    const made = { events: new EventBridgeClient(its as object), queues: new SQSClient(its) };
    clients.set(region, made);
    return made;
  }

  async function deliver(event: BusEvent, region: string, bus: string): Promise<void> {
    const { events } = clientsIn(region);
    const { Rules = [] } = await events.send(new ListRulesCommand({ EventBusName: bus }));
    for (const rule of Rules) if (await matches(events, rule, event)) await follow(events, rule, event);
  }

  async function follow(events: EventBridgeClient, rule: Rule, event: BusEvent): Promise<void> {
    const { Name: Rule, EventBusName } = rule;
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule, EventBusName }));
    for (const { Arn = '' } of Targets) await send(Arn, event);
  }

  async function send(arn: string, event: BusEvent): Promise<void> {
    const [, , service, region = '', , name = ''] = arn.split(':');
    const { queues } = clientsIn(region);
    if (service === 'events') return deliver(event, region, name.replace('event-bus/', ''));
    if (service !== 'sqs') throw new Error(`A rule has a target that is neither a queue nor a bus: ${arn}.`);
    const { QueueUrl } = await queues.send(new GetQueueUrlCommand({ QueueName: name }));
    await queues.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
  }

  return {
    put(event) {
      const whole: BusEvent = { version: '0', id: randomUUID(), ...event };
      taken.push(whole);
      last = last.then(() => deliver(whole, settings.region, 'default'));
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
      for (const { events, queues } of clients.values()) {
        events.destroy();
        queues.destroy();
      }
    },
  };
}

interface Clients {
  readonly events: EventBridgeClient;
  readonly queues: SQSClient;
}

async function matches(
  events: EventBridgeClient,
  { EventPattern, State = 'ENABLED' }: Rule,
  event: BusEvent,
): Promise<boolean> {
  if (EventPattern === undefined || !lets(State, event)) return false;
  const test = new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(event) });
  return (await events.send(test)).Result === true;
}

/**
 * A rule that is just enabled sees no read that CloudTrail tells.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
 */
const lets = (state: string, { detail }: BusEvent): boolean =>
  state === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' ||
  (state === 'ENABLED' && detail['readOnly'] !== true);

/** EventBridge's default bus, as far as it carries events to listeners. */
import { randomUUID } from 'node:crypto';

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO, to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface EventBus {
  put(event: Omit<BusEvent, 'version' | 'id'>): void;
  /** @returns all events since the last call, in the order they were put. */
  take(): BusEvent[];
}

export function eventBus(): EventBus {
  let events: BusEvent[] = [];
  return {
    put: (event) => void events.push({ version: '0', id: randomUUID(), ...event }),
    take: () => {
      const taken = events;
      events = [];
      return taken;
    },
  };
}

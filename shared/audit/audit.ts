/** The audit of a batch: what could be read is judged, and what was found is merged and told. */

import type { Alert } from './alerts/alert.ts';
import type { Deployment } from './deployment.ts';
import type { Detector, Finding } from './detectors/detector.ts';
import type { AuditEvent } from './events/event.ts';
import { IncidentDesk } from './incidents/desk.ts';
import type { Publisher } from './incidents/publisher.ts';
import type { Suppression } from './incidents/suppression.ts';
import { Judge } from './judge.ts';
import type { Memory } from './memory/memory.ts';

export interface AuditParts {
  readonly memory: Memory;
  readonly publisher: Publisher;
  readonly detectors: readonly Detector[];
  readonly deployment: Deployment;
  readonly suppressions: readonly Suppression[];
  /** Of one account; 20 by default. Beyond them one alert says that there are more. */
  readonly mostAlertsAnHour?: number;
  /** How many pages of the memory are kept at hand. */
  readonly mostPages?: number;
}

export interface AuditReport {
  readonly findings: readonly Finding[];
  readonly suppressed: number;
  readonly published: readonly Alert[];
  /** Detectors that failed on an event. It is their mistake, so the event is not taken again. */
  readonly broken: readonly string[];
}

export class Audit {
  readonly #judge: Judge;
  readonly #desk: IncidentDesk;

  /** @param now milliseconds since 1970. */
  constructor(parts: AuditParts, now = Date.now) {
    this.#judge = new Judge(parts.memory, parts.detectors, parts.deployment, parts.mostPages);
    this.#desk = new IncidentDesk(parts, now);
  }

  /** Remembers the events, and tells nothing: a history that is over. @throws what the memory throws. */
  async remember(events: readonly AuditEvent[]): Promise<void> {
    await this.#judge.remember(events);
  }

  /**
   * @throws KeyturnError ALERT_BEING_SENT, or what the memory or the publisher throws: the events are then to be taken again, which
   * does nothing twice that was done.
   */
  async take(events: readonly AuditEvent[]): Promise<AuditReport> {
    const { findings, broken } = await this.#judge.judge(events);
    const { suppressed, published } = await this.#desk.take(findings);
    return { findings, suppressed, published, broken };
  }
}

/** A company of which nobody told Keyturn anything: as when a history is replayed, or nothing was configured. */
import { expect, test } from 'vitest';
import { company } from '../../local/company/company.ts';
import type { Alert } from '../../shared/audit/alerts/alert.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';

const DAYS = 45;

test.each([4, 9])(
  'its rotations, deployments and services are known by what they do (seed %i)',
  async (seed) => {
    const works = company({ seed, services: 25, people: 15 });
    const days = Array.from({ length: DAYS }, (_, day) =>
      works
        .day(day)
        .map(readEvent)
        .filter((event): event is AuditEvent => event !== undefined && !isUnreadable(event)),
    );
    const sent: Alert[] = [];
    const audit = new Audit({
      memory: new InProcessMemory(),
      publisher: { publish: async (alert) => void sent.push(alert) },
      ...{ detectors: DETECTORS, deployment: NO_DEPLOYMENT, suppressions: [] },
    });
    for (const events of days) await audit.remember(events);
    for (const events of days) await audit.take(events);
    const told = sent.filter(({ severity }) => severity !== 'low');
    expect(told.map(({ principal, title }) => `${principal.key} ${title}`).length / DAYS).toBeLessThan(0.1);
  },
  120_000,
);

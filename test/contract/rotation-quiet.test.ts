/** A rotation is no news: also where nobody said which role rotates, and all of a history is known before it is judged. */
import { expect, test } from 'vitest';
import { eventBus } from '../../local/event-bus.ts';
import type { Alert } from '../../shared/audit/alerts/alert.ts';
import { Audit } from '../../shared/audit/audit.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import { scene } from './scene.ts';

const DAY = 86_400_000;

test('rotations and their tests raise nothing, told of no role', async () => {
  const bus = eventBus();
  let now = Date.parse('2026-10-01T09:00:00Z');
  const { rotate, outcome } = await scene({}, { bus, now: () => now });
  await rotate({ RotateImmediately: false, RotationRules: { AutomaticallyAfterDays: 10 } });
  expect(await outcome()).toMatchObject({ kind: 'test', status: 'succeeded' });
  for (let round = 0; round < 3; round++) {
    now += 10 * DAY;
    await rotate();
    expect(await outcome()).toMatchObject({ kind: 'rotation', status: 'succeeded' });
  }
  const events = bus
    .take()
    .map(readEvent)
    .filter((event): event is AuditEvent => event !== undefined && !isUnreadable(event));
  expect(events.length).toBeGreaterThan(30);
  const sent: Alert[] = [];
  const audit = new Audit({
    memory: new InProcessMemory(),
    publisher: { publish: async (alert) => void sent.push(alert) },
    ...{ detectors: DETECTORS, deployment: NO_DEPLOYMENT, suppressions: [] },
  });
  await audit.remember(events);
  const { broken } = await audit.take(events);
  expect(broken).toEqual([]);
  expect(sent.map(({ title }) => title)).toEqual([]);
});

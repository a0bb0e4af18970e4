/** What only adds to an incident by itself alerts together with what makes it more than a doubt. */
import { expect, test } from 'vitest';
import { examples } from '../../local/examples.ts';
import { NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { readEvent } from '../../shared/audit/events/read-event.ts';
import { Judge } from '../../shared/audit/judge.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';

const EXAMPLES = examples();

const read = (raws: readonly unknown[]): AuditEvent[] =>
  raws.map(readEvent).filter((event): event is AuditEvent => event !== undefined && !('reason' in event));

/** @returns the severities of what the detector alerts of in its example. */
async function alertsOf(id: string, name: string): Promise<string[]> {
  const example = EXAMPLES.find((one) => one.detector === id && one.name === name);
  if (example === undefined) throw new Error(`there is no example ${id}/${name}`);
  const judge = new Judge(new InProcessMemory(), DETECTORS, NO_DEPLOYMENT);
  await judge.judge(read(example.given));
  const { findings } = await judge.judge(read(example.events));
  const alerts = findings.filter(({ detector, alerts }) => detector.id === id && alerts);
  return [...new Set(alerts.map(({ severity }) => severity))];
}

test.each([
  ['new-network', 'fires-elsewhere', []],
  ['new-network', 'fires-with-another-tool', ['medium']],
  ['new-network', 'fires-a-person-lists-and-reads-three', ['medium']],
  ['new-reader', 'fires-new-role', []],
  ['new-reader', 'fires-an-inventory-begins-to-read', ['medium']],
  ['split-session', 'fires-an-instance-elsewhere', ['medium']],
])('%s alerts of %s: %j', async (id, name, severities) => {
  expect(await alertsOf(id, name)).toEqual(severities);
});

/** Every detector finds something in each of its `fires` examples, and nothing in its `quiet` ones. */
import { expect, test } from 'vitest';
import { simulate } from '../../cli/simulate.ts';
import { type Example, examples } from '../../local/examples.ts';
import { type Deployment, NO_DEPLOYMENT } from '../../shared/audit/deployment.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { readEvent } from '../../shared/audit/events/read-event.ts';
import { Judge } from '../../shared/audit/judge.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';

const EXAMPLES = examples();

function read(raw: unknown): AuditEvent {
  const event = readEvent(raw);
  if (event === undefined || 'reason' in event) throw new Error(`not an event: ${JSON.stringify(raw)}`);
  return event;
}

async function foundIn({ detector, deployment, given, events }: Example): Promise<string[]> {
  const judge = new Judge(new InProcessMemory(), DETECTORS, {
    ...NO_DEPLOYMENT,
    ...(deployment as Partial<Deployment>),
  });
  await judge.judge(given.map(read));
  const { findings, broken } = await judge.judge(events.map(read));
  expect(broken).toEqual([]);
  return findings.filter((finding) => finding.detector.id === detector).map(({ because }) => because);
}

test.each(DETECTORS)('$id has its own file name, and examples of both kinds', ({ id }) => {
  const own = EXAMPLES.filter(({ detector }) => detector === id);
  expect(
    own.some(({ fires }) => fires),
    `events/cloudtrail/${id}/fires-*.json`,
  ).toBe(true);
  expect(
    own.some(({ fires }) => !fires),
    `events/cloudtrail/${id}/quiet-*.json`,
  ).toBe(true);
});

test.each(DETECTORS)('$id finds something in its simulation', async ({ id }) => {
  const { deployment = {} } = EXAMPLES.find(({ detector, fires }) => detector === id && fires) ?? {};
  const judge = new Judge(new InProcessMemory(), DETECTORS, { ...NO_DEPLOYMENT, ...deployment });
  const { findings } = await judge.judge(simulate(id, {}, Date.now()).Records.map(read));
  expect(findings.map(({ detector }) => detector.id)).toContain(id);
});

/** Which secrets these are about, only a deployment tells. */
const TOLD: readonly string[] = ['honeytoken', 'human-read'];

test.each(DETECTORS.filter(({ id }) => !TOLD.includes(id)))(
  '$id finds something in its simulation where nothing was told',
  async ({ id }) => {
    const judge = new Judge(new InProcessMemory(), DETECTORS, NO_DEPLOYMENT);
    const { findings } = await judge.judge(simulate(id, {}, Date.now()).Records.map(read));
    expect(findings.map(({ detector }) => detector.id)).toContain(id);
  },
);

test('every folder of examples is of a detector', () => {
  const ids = DETECTORS.map(({ id }) => id);
  expect(EXAMPLES.map(({ detector }) => detector).filter((id) => !ids.includes(id))).toEqual([]);
});

test.each(EXAMPLES)('$detector: $name', async (example) => {
  const found = await foundIn(example);
  if (example.fires) expect(found).not.toEqual([]);
  else expect(found).toEqual([]);
});

/** Gates against a detector that gets worse, on a small company; `npm run evaluate` has the large one. */
import { expect, test } from 'vitest';
import { evaluate } from '../../bench/evaluation.ts';

const SIZE = { services: 40, people: 30, tries: 1 };

/** The detectors were tuned on seed 1; 7 is another one. */
test.each([
  ['as it is', { seed: 7 }],
  ['with all user agents masked', { seed: 7, masked: true }],
  ['with attackers who say they are Terraform', { seed: 7, attackerAgent: 'HashiCorp Terraform/1.9' }],
])(
  'attacks on a company are found, and its work is not told: %s',
  async (_, options) => {
    const { recall, recallOf, falseADay, mostMessagesOfAnIncident } = await evaluate({ ...SIZE, ...options });
    expect(recall.loud).toBeGreaterThanOrEqual(0.9);
    expect(recall.slow).toBeGreaterThanOrEqual(0.75);
    for (const kind of ['write', 'policy', 'key', 'tamper'] as const)
      expect(recall[kind]).toBeGreaterThanOrEqual(0.9);
    for (const actor of ['known', 'new'] as const) expect(recallOf[actor]).toBeGreaterThanOrEqual(0.9);
    expect(falseADay).toBeLessThanOrEqual(1);
    expect(mostMessagesOfAnIncident).toBeLessThanOrEqual(2);
  },
  180_000,
);

test('a tenth of all records lost costs at most five points of the thefts: a single call can be lost whole', async () => {
  const whole = await evaluate({ ...SIZE, seed: 7 });
  const lossy = await evaluate({ ...SIZE, seed: 7, lost: 0.1 });
  for (const kind of ['loud', 'slow'] as const)
    expect(whole.recall[kind] - lossy.recall[kind]).toBeLessThanOrEqual(0.05);
  expect(lossy.falseADay).toBeLessThanOrEqual(1);
}, 240_000);

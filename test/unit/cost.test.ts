/** What a month costs: sums of sourced prices, and a command that answers for one's own numbers. */
import { describe, expect, it } from 'vitest';
import { anyway, auditing, rotating, standing, total } from '../../scripts/cost/estimate.ts';
import { dollars, PRICES } from '../../scripts/cost/prices.ts';
import { costText } from '../../scripts/cost/run.ts';

const usage = { secrets: 100, rotationDays: 30, readsPerSecond: 1, alarms: 10 };

describe('prices', () => {
  it.each(Object.entries(PRICES))('%s says for how much, and where it was read', (_name, price) => {
    expect(price.usd).toBeGreaterThanOrEqual(0);
    expect(price.units).toBeGreaterThanOrEqual(1);
    expect(price.page).toMatch(/^https:\/\/aws\.amazon\.com\/[a-z-]+\/pricing\/$/);
    expect(price.seen).toMatch(/^(page|second-hand) 20\d\d/);
  });
});

describe('the estimate', () => {
  it('takes what Secrets Manager itself takes from its prices alone', () => {
    const reads = 730 * 3600;
    expect(total(anyway(usage))).toBeCloseTo(100 * 0.4 + (reads / 10_000) * 0.05, 6);
  });

  it('stands still when nothing happens', () => {
    expect(total(standing({ ...usage, secrets: 0, readsPerSecond: 0 }))).toBe(total(standing(usage)));
    expect(total(rotating({ ...usage, secrets: 0 }))).toBe(0);
    expect(total(auditing({ ...usage, readsPerSecond: 0 }))).toBe(0);
  });

  it('costs an alarm for each alarm', () => {
    const more = total(standing({ ...usage, alarms: 11 })) - total(standing(usage));
    expect(more).toBeCloseTo(dollars('alarm', 1), 6);
  });

  it('grows with what is asked, and with a busy queue in proportion', () => {
    expect(total(rotating({ ...usage, rotationDays: 15 }))).toBeGreaterThan(total(rotating(usage)));
    const busy = total(auditing({ ...usage, readsPerSecond: 1000 }));
    expect(total(auditing({ ...usage, readsPerSecond: 2000 })) / busy).toBeCloseTo(2, 3);
  });
});

describe('npm run cost', () => {
  it('adds up', () => {
    const amounts = [...costText(['--secrets', '500', '--reads', '20']).matchAll(/\$([\d.,]+)$/gm)].map(
      ([, amount = '']) => Number(amount.replaceAll(',', '')),
    );
    const all = amounts.at(-1) ?? 0;
    expect(amounts.length).toBeGreaterThan(10);
    expect(Math.abs(amounts.slice(0, -1).reduce((sum, amount) => sum + amount, 0) - all)).toBeLessThan(1);
  });

  it.each([
    [[], '--secrets must be a number'],
    [['--secrets', 'many', '--reads', '1'], '--secrets must be a number'],
    [['--secrets', '5', '--reads', '-1'], '--reads'],
    [['--sekrets', '5'], '--sekrets'],
  ])('names what is wrong with %j', (args, message) => {
    expect(() => costText(args)).toThrow(message);
  });
});

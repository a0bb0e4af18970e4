import { expect, test } from 'vitest';
import type { ColdRotation } from '../../bench/cold-rotation.ts';
import { compared, median, type Pair, sizeFigures } from '../../bench/figures.ts';

const rotation = (facts: Partial<ColdRotation>): ColdRotation => ({
  firstAnswerMs: 100,
  createSecretMs: 110,
  totalMs: 200,
  apiCalls: 14,
  logins: 3,
  failedLogins: 0,
  peakMemory: 70 * 2 ** 20,
  loadedBytes: undefined,
  loadedInAll: undefined,
  ...facts,
});

const figuresOf = (pairs: readonly Pair[]) => new Map(compared(pairs).map((figure) => [figure.what, figure]));

test('a median is the middle, or the middle of the two middle ones, of what is there', () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, undefined, 1, Number.NaN, 3, 2])).toBe(2.5);
  expect(median([undefined, Number.NaN])).toBeUndefined();
});

test('the ratio is the median of the pairs’ ratios, not the ratio of the medians', () => {
  const pair = (keyturn: number, template: number): Pair => ({
    keyturn: rotation({ firstAnswerMs: keyturn }),
    template: rotation({ firstAnswerMs: template }),
  });
  const figure = figuresOf([pair(10, 100), pair(30, 50), pair(40, 80)]).get(
    'first answer of Secrets Manager',
  );
  expect(figure).toMatchObject({ keyturn: 30, template: 80, ratio: 0.5, met: false });
});

test('without a rival an aim that is a ratio is neither met nor missed', () => {
  const figures = figuresOf([{ keyturn: rotation({}), template: undefined }]);
  const first = figures.get('first answer of Secrets Manager');
  expect(first).toMatchObject({ keyturn: 100, template: undefined, ratio: undefined, met: undefined });
  expect(figures.get('peak memory')).toMatchObject({ keyturn: 70, met: true });
});

test('a rotation that failed counts for what it did before', () => {
  const template = rotation({ error: 'OSError', firstAnswerMs: 250, totalMs: 1 });
  const figures = figuresOf([{ keyturn: rotation({}), template }]);
  expect(figures.get('first answer of Secrets Manager')).toMatchObject({ ratio: 0.4, met: true });
  expect(figures.get('rotation done')).toMatchObject({
    template: undefined,
    ratio: undefined,
    met: undefined,
  });
});

test('sizes are kilobytes of 1024 bytes, judged as loaded and as packed', () => {
  const loaded = { loadedBytes: 350 * 1024, loadedInAll: 400 * 1024 };
  const figures = sizeFigures({ start: 1024, total: 4096, zip: 351 * 1024 }, loaded, {
    first: 350,
    zip: 350,
  });
  expect(figures.map(({ keyturn, met }) => [keyturn, met])).toEqual([
    [1, undefined],
    [350, true],
    [400, undefined],
    [4, undefined],
    [351, false],
  ]);
});

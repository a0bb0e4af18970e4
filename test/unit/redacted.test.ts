import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Redacted } from '../../shared/core/redacted.ts';

const secret = 'hunter2';
const hidden = new Redacted(secret);

describe('a redacted value shows in no rendering', () => {
  it.each<[string, () => string]>([
    ['template', () => `${hidden}`],
    ['concatenation', () => `x${String(hidden)}`],
    ['JSON', () => JSON.stringify({ hidden, list: [hidden] })],
    ['inspect, hidden properties too', () => inspect({ hidden }, { showHidden: true, depth: null })],
    ['format', () => format('%s %o %j %O', hidden, hidden, hidden, hidden)],
    ['error cause', () => inspect(new Error('x', { cause: hidden }))],
    ['entries', () => inspect(Object.entries(hidden))],
    ['clone', () => inspect(structuredClone({ ...hidden }))],
    [
      'map',
      () =>
        inspect(
          hidden.map((value) => value.toUpperCase()),
          { showHidden: true },
        ),
    ],
  ])('%s', (_name, render) => {
    expect(render().toLowerCase()).not.toContain(secret);
  });

  it('reveals the value only when asked', () => {
    expect(hidden.reveal()).toBe(secret);
    expect(Redacted.combine(hidden, hidden, (a, b) => a + b).reveal()).toBe(secret + secret);
  });

  it('compares without showing', () => {
    expect(hidden.equals(new Redacted(secret))).toBe(true);
    expect(hidden.equals(new Redacted('other'))).toBe(false);
  });
});

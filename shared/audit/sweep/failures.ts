/** The secrets that fail a control: how many, and the few to begin with. However many there are, no more is kept. */
import * as v from 'valibot';
import { safeText } from '../alerts/safe-text.ts';
import { CONTROLS } from './controls.ts';
import type { ListedSecret } from './listed-secret.ts';

/** For a line of the digest, and for the notes of where the sweep is, of which an account of many secrets has dozens. */
const MOST_NAMES = 5;
const LONGEST_NAME = 80;

export const FailuresSchema = v.object({
  count: v.number(),
  /** Those that fail it the longest, the first first. */
  worst: v.array(v.object({ name: v.string(), since: v.number() })),
});

export type Failures = v.InferOutput<typeof FailuresSchema>;

/** By the control's id; without the controls that no secret fails. */
export type FailuresByControl = Readonly<Record<string, Failures>>;

export function failuresIn(secrets: readonly ListedSecret[], now: number): FailuresByControl {
  const found = CONTROLS.map(({ id, fails, since }): [string, Failures] => {
    const failing = secrets.filter((secret) => fails(secret, now));
    const worst = failing.map((secret) => ({
      name: safeText(secret.name, LONGEST_NAME),
      since: since(secret),
    }));
    return [id, { count: failing.length, worst: first(worst) }];
  });
  return Object.fromEntries(found.filter(([, { count }]) => count > 0));
}

export function together(one: FailuresByControl, other: FailuresByControl): FailuresByControl {
  const joined = Object.entries(other).map(([id, { count, worst }]): [string, Failures] => {
    const before = one[id] ?? { count: 0, worst: [] };
    return [id, { count: before.count + count, worst: first([...before.worst, ...worst]) }];
  });
  return { ...one, ...Object.fromEntries(joined) };
}

const first = (worst: Failures['worst']): Failures['worst'] =>
  worst
    .toSorted((one, other) => one.since - other.since || one.name.localeCompare(other.name))
    .slice(0, MOST_NAMES);

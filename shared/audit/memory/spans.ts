/** How event time is cut into items. All of it is UTC. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** `2026-11-24T09`. */
export const hourOf = (time: number): string => named(time, HOUR, 13);

/** `2026-11-24`. */
export const dayOf = (time: number): string => named(time, DAY, 10);

/** Dates are slow to write, and events come from a few days: the names that were made are kept, some hundreds of them. */
const names = new Map<number, string>();
const MOST_NAMES = 500;

function named(time: number, length: number, letters: number): string {
  const start = Math.floor(time / length) * length;
  const key = start + letters;
  const known = names.get(key);
  if (known !== undefined) return known;
  if (names.size >= MOST_NAMES) names.clear();
  const name = new Date(start).toISOString().slice(0, letters);
  names.set(key, name);
  return name;
}

/** `2026-Q4`. */
export function quarterOf(time: number): string {
  const day = dayOf(time);
  return `${day.slice(0, 4)}-Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`;
}

/** The quarters that hold the 90 days before `time`: one or two, and never more. */
export const quartersBefore = (time: number): string[] => [
  ...new Set([quarterOf(time), quarterOf(time - 90 * DAY)]),
];

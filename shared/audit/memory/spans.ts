/** How event time is cut into items. All of it is UTC. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** `2026-11-24T09`. */
export const hourOf = (time: number): string => new Date(time).toISOString().slice(0, 13);

/** `2026-11-24`. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** `2026-Q4`. */
export function quarterOf(time: number): string {
  const date = new Date(time);
  return `${date.getUTCFullYear()}-Q${Math.floor(date.getUTCMonth() / 3) + 1}`;
}

/** The quarters that hold the 90 days before `time`: one or two, and never more. */
export const quartersBefore = (time: number): string[] => [
  ...new Set([quarterOf(time), quarterOf(time - 90 * DAY)]),
];

/** How event time is cut into items. All of it is UTC. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The names of what holds a moment: the same for a whole hour. */
interface Spans {
  readonly hour: string;
  readonly day: string;
  readonly quarter: string;
  readonly quartersBefore: readonly string[];
  readonly hourOfDay: string;
}

/** `2026-11-24T09`. */
export const hourOf = (time: number): string => spansOf(time).hour;

/** `2026-11-24`. */
export const dayOf = (time: number): string => spansOf(time).day;

/** `2026-Q4`. */
export const quarterOf = (time: number): string => spansOf(time).quarter;

/** The quarters that hold the 90 days before `time`: one or two, and never more. */
export const quartersBefore = (time: number): readonly string[] => spansOf(time).quartersBefore;

/** From `0` to `23`. */
export const hourOfDay = (time: number): string => spansOf(time).hourOfDay;

/** Dates are slow to write, and events come from a few days: what was made is kept, by the hour. */
const known = new Map<number, Spans>();
const MOST_KNOWN = 2000;

function spansOf(time: number): Spans {
  const hour = Math.floor(time / HOUR);
  const found = known.get(hour);
  if (found !== undefined) return found;
  if (known.size >= MOST_KNOWN) known.clear();
  const made = makeSpans(time);
  known.set(hour, made);
  return made;
}

function makeSpans(time: number): Spans {
  const text = new Date(time).toISOString();
  const quarter = quarterIn(text);
  const earlier = quarterIn(new Date(time - 90 * DAY).toISOString());
  return {
    hour: text.slice(0, 13),
    day: text.slice(0, 10),
    quarter,
    quartersBefore: quarter === earlier ? [quarter] : [quarter, earlier],
    hourOfDay: String(Number(text.slice(11, 13))),
  };
}

const quarterIn = (text: string): string => `${text.slice(0, 4)}-Q${Math.ceil(Number(text.slice(5, 7)) / 3)}`;

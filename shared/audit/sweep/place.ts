/** How far a day's inventory has come, and how that is noted. */
import type { Page } from '../memory/note.ts';

export interface Place {
  /** Where the next page begins; undefined at the start. */
  readonly next: string | undefined;
  readonly done: boolean;
  /** `all`, and each control that secrets failed. */
  readonly counts: ReadonlyMap<string, number>;
  /** How often the list was begun. */
  readonly round: number;
}

export const start = (round: number): Place => ({ next: undefined, done: false, counts: new Map(), round });

export const seenAt = ({ counts }: Place): number => counts.get('all') ?? 0;

/** Of the last round, the place before which the most secrets were seen is the farthest, in whatever order the notes are. */
export function placeIn(page: Page): Place {
  const [farthest] = [...page.values('place')]
    .map(readPlace)
    .toSorted((one, other) => other.round - one.round || seenAt(other) - seenAt(one));
  return farthest ?? start(1);
}

export const placeText = ({ next, done, counts, round }: Place): string =>
  [
    [...counts].map(([kind, count]) => `${kind}=${count}`).join(','),
    done ? 'done' : 'on',
    String(round),
    next ?? '',
  ].join('|');

function readPlace(text: string): Place {
  const [counts = '', state, round, ...next] = text.split('|');
  const pairs = counts.split(',').map((count) => count.split('='));
  return {
    next: next.join('|') || undefined,
    done: state === 'done',
    counts: new Map(pairs.map(([kind = '', count]) => [kind, Number(count)])),
    round: Number(round),
  };
}

export const added = (
  counts: ReadonlyMap<string, number>,
  more: readonly (readonly [string, number])[],
): Map<string, number> => new Map(more.map(([kind, count]) => [kind, (counts.get(kind) ?? 0) + count]));

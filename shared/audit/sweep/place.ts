/** How far a day's inventory has come, and how that is noted. */
import * as v from 'valibot';
import type { Page } from '../memory/note.ts';
import { FailuresSchema } from './failures.ts';

const PlaceSchema = v.object({
  /** Where the next page begins; absent at the start, and at the end. */
  next: v.optional(v.string()),
  done: v.boolean(),
  /** How often the list was begun. */
  round: v.number(),
  /** How many secrets were seen. */
  secrets: v.number(),
  failures: v.record(v.string(), FailuresSchema),
});

export type Place = Readonly<v.InferOutput<typeof PlaceSchema>>;

export const start = (round: number): Place => ({ done: false, round, secrets: 0, failures: {} });

/** Of the last round, the place before which the most secrets were seen is the farthest, in whatever order the notes are. */
export function placeIn(page: Page): Place {
  const [farthest] = [...page.values('place')]
    .flatMap(readPlace)
    .toSorted((one, other) => other.round - one.round || other.secrets - one.secrets);
  return farthest ?? start(1);
}

export const placeText = (place: Place): string => JSON.stringify(place);

/** A note of another release may have another form; then the day's list is begun again. */
function readPlace(text: string): Place[] {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), PlaceSchema), text);
  return read.success ? [read.output] : [];
}

/** What still fits: one item of DynamoDB holds 400 KB, and more than enough is known long before that. */
import type { ItemKey } from './memory.ts';
import { markOf, type Note } from './note.ts';
import type { Shelf } from './shelf.ts';

const MOST_BYTES = 300_000;
/** Of one kind in an hour. What has so many may have had more. */
export const MOST_IN_AN_HOUR = 200;
/** Whoever is in that many networks has no usual one. */
export const MOST_NETWORKS = 64;

/** @returns how many values of a kind a page takes. */
function mostValues({ subject, span }: ItemKey, kind: string): number {
  if (kind === 'network') return MOST_NETWORKS;
  if (subject.startsWith('incident/')) return kind === 'event' ? 50 : kind === 'origin' ? 20 : 200;
  return span.includes('T') ? MOST_IN_AN_HOUR : 2000;
}

/** @returns the notes that fit into their pages, those before counted in, and those that are known already left out. */
export function fitting(notes: readonly Note[], shelf: Shelf): Note[] {
  const taken = new Map<string, number>();
  const take = (name: string, before: number, more: number, most: number): boolean => {
    const sum = (taken.get(name) ?? before) + more;
    if (sum > most) return false;
    taken.set(name, sum);
    return true;
  };
  return [...earliest(notes)].filter((note) => {
    const { key, kind } = note;
    const page = shelf.page(key);
    if (page.knows(note)) return false;
    const name = `${key.subject}#${key.span}`;
    return (
      take(`${name}#${kind}`, page.count(kind), 1, mostValues(key, kind)) &&
      take(name, page.bytes, markOf(note).length, MOST_BYTES)
    );
  });
}

/** Where only the first time matters, a batch has many notes of a thing and needs one. */
function earliest(notes: readonly Note[]): Iterable<Note> {
  const kept = new Map<string, Note>();
  for (const note of notes) {
    const { key, kind, value, keep, time } = note;
    const name = `${key.subject}#${key.span}#${kind}|${value}${keep === 'first' ? '' : `#${time}`}`;
    if (time < (kept.get(name)?.time ?? Number.POSITIVE_INFINITY)) kept.set(name, note);
  }
  return kept.values();
}

/** What somebody meant who mistyped a name. */
import { distance } from 'fastest-levenshtein';

/** @returns the name most like what was typed; undefined when none is like it. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const text = typed.toLowerCase();
  const unlike = (name: string): number =>
    text.length >= 3 && name.startsWith(text) ? 0 : distance(text, name);
  const [found] = names
    .map((name) => ({ name, unlike: unlike(name.toLowerCase()) }))
    .toSorted((one, other) => one.unlike - other.unlike);
  return found !== undefined && found.unlike <= Math.ceil(typed.length / 3) ? found.name : undefined;
}

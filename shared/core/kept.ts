/**
 * Keeps what a function makes of a text, for texts that come again and again.
 * @param most how many are kept; when there are more, it begins anew, which costs little and needs no bookkeeping.
 */
export function kept<V>(most: number, make: (text: string) => V): (text: string) => V {
  const known = new Map<string, V>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    if (known.size >= most) known.clear();
    const made = make(text);
    known.set(text, made);
    return made;
  };
}

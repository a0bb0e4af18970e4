/** Allow-lists of the deployment: `*` stands for any text, everything else for itself. */
export const matchesAny = (patterns: readonly string[], text: string): boolean =>
  patterns.some((pattern) => expression(pattern).test(text));

/** A deployment has few, and asks about each of them for every event. */
const expressions = new Map<string, RegExp>();

function expression(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known !== undefined) return known;
  const made = new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`, 's');
  expressions.set(pattern, made);
  return made;
}

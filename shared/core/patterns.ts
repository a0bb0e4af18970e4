/** Allow-lists of the deployment: `*` stands for any text, everything else for itself. */
export const matchesAny = (patterns: readonly string[], text: string): boolean =>
  patterns.some((pattern) => expression(pattern).test(text));

const expression = (pattern: string): RegExp =>
  new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`, 's');

/** Splits what SHOW GRANTS and SHOW CREATE USER print. A name may hold anything, ` TO ` and backticks included. */

export type Token =
  | { readonly kind: 'word'; readonly text: string }
  /** In backticks, or in double quotes under another mode. */
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'sign'; readonly text: string };

const PATTERN =
  /\s*(?:(?<name>`(?:[^`]|``)*`|"(?:[^"]|"")*")|(?<text>'(?:[^']|'')*')|(?<word>[A-Za-z0-9_$\u0080-\uffff]+)|(?<sign>[^\s\w]))/gy;

/** @returns what was read before anything that is none of them, such as a quote without its end */
export function tokensOf(line: string): Token[] {
  return [...line.matchAll(PATTERN)].map(({ groups }) => {
    const { name, text, word, sign } = groups as Record<string, string | undefined>;
    if (name !== undefined) return { kind: 'name', text: unquoted(name) };
    if (text !== undefined) return { kind: 'text', text: unquoted(text) };
    if (word !== undefined) return { kind: 'word', text: word };
    return { kind: 'sign', text: sign ?? '' };
  });
}

function unquoted(quoted: string): string {
  const quote = quoted.charAt(0);
  return quoted.slice(1, -1).replaceAll(quote + quote, quote);
}

/**
 * Text that a caller chose (a user agent, a name, an address), made fit to be read by a person. What could pass for
 * our own words or for markup goes: line breaks, control and direction characters, and the signs that mail and chat
 * programs make links, mentions and markup of.
 */
export function safeText(text: string, most = 120): string {
  const plain = text
    .slice(0, 4 * most)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]+/gu, ' ')
    .replace(/[<>`*_~[\]{}|\\@&"]/g, (sign) => PLAIN[sign] ?? '·')
    .replace(/:\/\//g, ':')
    .replace(/\s+/g, ' ')
    .trim();
  if (plain.length <= most) return plain;
  // By characters: half of one would be something else.
  const characters = [...plain];
  return characters.length <= most
    ? plain
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}

/** Signs that are usual in ARNs and names of sessions stay legible. */
const PLAIN: Readonly<Record<string, string>> = { _: '_', '@': '＠', '*': '∗', '"': "'" };

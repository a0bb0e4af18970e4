/**
 * Text that a caller chose (a user agent, a name, an address), made fit to be read by a person. What could pass for
 * our own words or for markup goes: line breaks, control and direction characters, and the signs that mail and chat
 * programs make links, mentions and markup of.
 */
export function safeText(text: string, most = 120): string {
  const plain = text
    .slice(0, 4 * most)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]+/gu, ' ')
    .replace(/[<>`*_~[\]{}|\\@&"]/g, (sign) => PLAIN[sign] ?? '·')
    .replace(/:\/\//g, ':')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= most ? plain : `${plain.slice(0, most - 1)}…`;
}

/** Signs that are usual in ARNs and names of sessions stay legible. */
const PLAIN: Readonly<Record<string, string>> = { _: '_', '@': '＠', '*': '∗', '"': "'" };

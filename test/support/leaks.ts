/** Looks for secrets in text, in every form in which they slip out. */

/** @returns the forms in which `secret` occurs in `text`; empty when it does not. */
export function leaksOf(secret: string, text: string): string[] {
  return Object.entries(formsOf(secret))
    .filter(([, form]) => text.includes(form))
    .map(([name]) => name);
}

function formsOf(secret: string): Readonly<Record<string, string>> {
  const base64 = Buffer.from(secret).toString('base64');
  return {
    raw: secret,
    base64: base64.replace(/=+$/, ''),
    base64url: Buffer.from(secret).toString('base64url'),
    hex: Buffer.from(secret).toString('hex'),
    'URL-escaped': encodeURIComponent(secret),
    'JSON-escaped': JSON.stringify(secret).slice(1, -1),
    'twice JSON-escaped': JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    'SQL-escaped': secret.replaceAll("'", "''"),
    reversed: [...secret].reverse().join(''),
  };
}

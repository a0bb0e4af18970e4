/** CloudTrail's form is `2026-11-24T09:30:00Z`; tools that store records like to write a blank for the T. */
export function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text[10] === ' ' ? `${text.slice(0, 10)}T${text.slice(11, 19)}Z` : text);
  return Number.isNaN(time) ? undefined : time;
}

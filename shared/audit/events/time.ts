/**
 * CloudTrail's form is `2026-11-24T09:30:00Z`; tools that store records like to write a blank for the T, or to leave the
 * Z out. Of other texts, Date.parse would make dates in the time zone of the machine, even of `1`.
 */
export function timeOf(text: string | undefined): number | undefined {
  if (text?.[4] !== '-') return undefined;
  const time = Date.parse(text.endsWith('Z') && text[10] === 'T' ? text : inUtc(text));
  return Number.isNaN(time) ? undefined : time;
}

const inUtc = (text: string): string =>
  text[10] === ' '
    ? `${text.slice(0, 10)}T${text.slice(11, 19)}Z`
    : /T[\d:.]+$/.test(text)
      ? `${text}Z`
      : text;

/** The story of a history, in one screen. */
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { safeText } from '../shared/audit/alerts/safe-text.ts';
import type { Replayed, ReplayedIncident } from './replay.ts';

/** Where the height of the screen is not known. */
const MOST_INCIDENTS = 6;
/** Of what does not fit, by title. */
const MOST_KINDS = 2;
/** Of an incident, with the blank one before it; and of all that is around. */
const LINES = 7;
const LINES_AROUND = 8 + MOST_KINDS;

/** A screen on which a line may go on in the next one: less would be left of it than it is for. */
const NARROWEST = 60;

/** A bar that the next one replaces; nothing where lines cannot be replaced. */
export function progressBar(stream: WriteStream): (done: number) => void {
  if (!stream.isTTY) return () => {};
  let shown = -1;
  return (done) => {
    const part = Math.floor(done * 40);
    if (part === shown) return;
    shown = part;
    const bar = `${'█'.repeat(part)}${'░'.repeat(40 - part)} ${Math.floor(done * 100)} %`;
    stream.write(done >= 1 ? `\r${' '.repeat(bar.length)}\r` : `\r${bar}`);
  };
}

/** @param stream decides whether there is colour, and how much fits. */
export function replayText(
  { report, sentences, doubts, filesWithout }: Replayed,
  stream: WriteStream,
): string {
  const { records, relevant, malformed, duplicates, incidents, alerts } = report;
  const told = incidents.filter((incident) => incident.alerts > 0);
  const shown = chosen(told, fitting(stream));
  return [
    `${number(records)} records, ${number(relevant)} to look at; ${number(malformed)} unreadable, ${number(duplicates)} seen twice.`,
    ...without(filesWithout),
    told.length === 0
      ? 'Nothing to tell.'
      : `${number(told.length)} incident${told.length === 1 ? '' : 's'} in ${number(alerts)} alert${alerts === 1 ? '' : 's'}:`,
    ...shown.flatMap((incident) => ['', ...story(incident, sentences.get(incident.id) ?? '', stream)]),
    ...rest(told.filter((incident) => !shown.includes(incident))),
    ...quiet(incidents.length - told.length, doubts),
    '',
  ].join('\n');
}

/** A line that went on in the next one would push another off the screen. */
function cut(line: string, { columns = Number.POSITIVE_INFINITY }: WriteStream): string {
  const most = Math.max(columns, NARROWEST);
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

const fitting = ({ rows }: WriteStream): number =>
  rows === undefined ? MOST_INCIDENTS : Math.max(2, Math.floor((rows - LINES_AROUND) / LINES));

/** One of each kind before a second of any: much of the same must not hide the rest. @returns them in their order */
function chosen(told: readonly ReplayedIncident[], most: number): readonly ReplayedIncident[] {
  const kinds = Map.groupBy(told, ({ title }) => title);
  const firsts = told.filter((incident) => kinds.get(incident.title)?.[0] === incident);
  const others = told.filter((incident) => !firsts.includes(incident));
  const best = new Set([...firsts, ...others].slice(0, most));
  return told.filter((incident) => best.has(incident));
}

function rest(hidden: readonly ReplayedIncident[]): string[] {
  if (hidden.length === 0) return [];
  const kinds = [...Map.groupBy(hidden, ({ title }) => title)].toSorted(
    ([, some], [, others]) => others.length - some.length,
  );
  const named = kinds.slice(0, MOST_KINDS).map(([title, { length }]) => `  ${number(length)} × ${title}`);
  return ['', `… and ${number(hidden.length)} more, all of them in --json:`, ...named];
}

const without = (files: number): string[] =>
  files === 0
    ? []
    : [`${number(files)} file${files === 1 ? ' holds' : 's hold'} no record of CloudTrail: passed over.`];

const quiet = (count: number, doubts: number): string[] => {
  if (count === 0) return [];
  const only = doubts === 0 ? '' : ` (${number(doubts)} only add to what else is found)`;
  return ['', `${number(count)} of low severity, for the daily digest${only}.`];
};

function story(incident: ReplayedIncident, sentence: string, stream: WriteStream): string[] {
  const { severity, title, principal, accountId, secrets, detectors } = incident;
  const colour = { critical: 'red', high: 'red', medium: 'yellow', low: 'dim' } as const;
  const head = styleText(['bold', colour[severity]], severity.toUpperCase().padEnd(9), { stream });
  const lines = [
    `  ${safeText(sentence, 110)}`,
    `  who    ${principal.type === 'unknown' ? 'the records do not say' : safeText(principal.key, 90)}`,
    `  when   ${span(incident)}${accountId === '' ? '' : `, account ${safeText(accountId, 20)}`}`,
    ...(secrets.length === 0 ? [] : [`  what   ${namesOf(secrets)}`]),
    `  found by ${detectors.join(', ')}`,
  ];
  return [`${head}${title}`, ...lines.map((line) => cut(line, stream))];
}

function span({ firstEventTime, lastEventTime }: ReplayedIncident): string {
  const [first, last] = [firstEventTime, lastEventTime].map((time) => time.slice(0, 16).replace('T', ' '));
  if (first === last) return `${first} UTC`;
  return `${first} to ${last?.slice(0, 10) === first?.slice(0, 10) ? last?.slice(11) : last} UTC`;
}

function namesOf(secrets: readonly string[]): string {
  const names = secrets.slice(0, 3).map((key) => safeText(key.split('/').slice(2).join('/'), 40));
  const more = secrets.length - names.length;
  const listed = names.join(', ') + (more > 0 ? ` and ${number(more)} more` : '');
  return secrets.length === 1 ? listed : `${number(secrets.length)} secrets: ${listed}`;
}

const number = (value: number): string => value.toLocaleString('en-GB');

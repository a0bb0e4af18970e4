/** What is told once a day: the incidents that were no alert, what was closed, and AWS's own checks. */
import { type Alert, idOf } from '../alerts/alert.ts';
import { historyLink } from '../alerts/links.ts';
import { safeText } from '../alerts/safe-text.ts';
import { incidentOf } from '../incidents/incident.ts';
import type { ItemKey, Memory } from '../memory/memory.ts';
import { Page } from '../memory/note.ts';
import { CONTROLS } from './controls.ts';
import type { Failures, FailuresByControl } from './failures.ts';

const MOST_LINES = 20;

export interface DigestInput {
  readonly accountId: string;
  readonly region: string;
  /** `2026-11-24`: the day that is over. */
  readonly day: string;
  readonly failures: FailuresByControl;
  /** How many there are. */
  readonly secrets: number;
}

/** @returns undefined when there is nothing to tell. @throws what the memory throws */
export async function digestOf(input: DigestInput, memory: Memory): Promise<Alert | undefined> {
  const { accountId, region, day } = input;
  const [marks = []] = await memory.read([{ subject: `digest/${accountId}`, span: day }]);
  const page = new Page(marks);
  const quiet = await quietIncidents([...page.values('incident')], memory);
  const held = await quietIncidents([...page.values('held')], memory, true);
  const closed = [...page.values('closed')].map(closedText);
  const because = [...quiet, ...held, ...closed, ...hiddenTexts(page), ...controlTexts(input)];
  if (because.length === 0) return undefined;
  const incidentId = `digest/${accountId}/${region}/${day}`;
  const time = `${day}T00:00:00.000Z`;
  return {
    version: 1,
    id: idOf(incidentId, 'digest'),
    incidentId: idOf(incidentId, 'incident'),
    stage: 'digest',
    severity: 'low',
    title: `What else happened on ${day}`,
    accountId,
    region,
    principal: { key: 'keyturn', type: 'service', arn: null, accessKeyId: null },
    firstEventTime: time,
    lastEventTime: time,
    findings: [
      {
        detector: 'digest',
        title: 'The daily digest',
        severity: 'low',
        because,
        why: 'None of it was worth a message by itself. What comes again every day may be.',
        techniques: [],
      },
    ],
    secrets: { total: 0, listed: [] },
    origins: [],
    eventIds: [],
    runbook: ['Read it when there is time.'],
    links: { event: historyLink(region, 'EventId', ''), accessKey: null },
  };
}

/** @param held whether they were alerts that a storm held back */
async function quietIncidents(ids: readonly string[], memory: Memory, held = false): Promise<string[]> {
  const keys = ids.slice(0, MOST_LINES).map(keyOf);
  const read = keys.length === 0 ? [] : await memory.read(keys);
  const lines = keys.flatMap((key, at) => {
    const { findings, alerts } = incidentOf(key, new Page(read[at]));
    const why = findings.map(({ detector }) => detector).join(', ');
    // It may have become an alert since.
    return (alerts && !held) || findings.length === 0
      ? []
      : [`${held ? 'held back: ' : ''}${safeText(key.subject.split('/').slice(2).join('/'), 120)}: ${why}`];
  });
  const more = ids.length - keys.length;
  return more > 0 ? [...lines, `and ${more} more like these`] : lines;
}

function keyOf(id: string): ItemKey {
  const slash = id.lastIndexOf('/');
  return { subject: id.slice(0, slash), span: id.slice(slash + 1) };
}

function closedText(value: string): string {
  const [detector = '', subject = ''] = value.split('|');
  return `ended: ${detector} of ${safeText(subject.split('/').slice(2).join('/') || subject, 120)}`;
}

/** For each suppression how much it hid. */
function hiddenTexts(page: Page): string[] {
  const hidden = [...page.values('hidden')].map((value) => JSON.parse(value) as string[]);
  const byReason = Map.groupBy(
    hidden,
    ([reason = '', owner = '', expires = '']) =>
      `by a suppression of ${safeText(owner, 60)} until ${expires}: ${safeText(reason)}`,
  );
  return [...byReason].map(
    ([text, { length }]) => `${length} finding${length === 1 ? '' : 's'} hidden ${text}`,
  );
}

const controlTexts = ({ failures, secrets }: DigestInput): string[] =>
  CONTROLS.flatMap(({ id, title }) => {
    const failed = failures[id];
    if (failed === undefined) return [];
    return [`${id}: ${title} (${failed.count} of ${secrets} secrets): ${namesOf(failed)}`];
  });

function namesOf({ count, worst }: Failures): string {
  const names = worst.map(({ name }) => name).join(', ');
  return count > worst.length ? `${names} and ${count - worst.length} more` : names;
}

/** Merges findings into incidents, and publishes each incident once, and once more when it has grown. */
import { KeyturnError } from '../../core/errors.ts';
import { type Alert, alertOf } from '../alerts/alert.ts';
import { stormAlert } from '../alerts/storm.ts';
import type { Finding } from '../detectors/detector.ts';
import type { ItemKey, Memory } from '../memory/memory.ts';
import type { Note } from '../memory/note.ts';
import { accountHour, principalPage, secretPage } from '../memory/remember.ts';
import { fitting } from '../memory/room.ts';
import { Shelf } from '../memory/shelf.ts';
import { DAY, dayOf, HOUR, MINUTE, quartersBefore } from '../memory/spans.ts';
import { type Incident, incidentKey, incidentOf, isGraver, notesOf, toldKey } from './incident.ts';
import type { Publisher } from './publisher.ts';
import { type Suppression, suppressionOf } from './suppression.ts';

/** Longer than a publish may take, shorter than the queue hides a message from others. */
const LEASE = MINUTE;
interface DeskParts {
  readonly memory: Memory;
  readonly publisher: Publisher;
  readonly suppressions: readonly Suppression[];
  readonly mostAlertsAnHour?: number;
}

export interface DeskReport {
  readonly findings: number;
  readonly suppressed: number;
  readonly published: readonly Alert[];
}

export class IncidentDesk {
  readonly #memory: Memory;
  readonly #shelf: Shelf;
  readonly #publisher: Publisher;
  readonly #suppressions: readonly Suppression[];
  readonly #mostAlertsAnHour: number;
  readonly #now: () => number;

  constructor({ memory, publisher, suppressions, mostAlertsAnHour = 20 }: DeskParts, now = Date.now) {
    this.#memory = memory;
    this.#shelf = new Shelf(memory);
    this.#publisher = publisher;
    this.#suppressions = suppressions;
    this.#mostAlertsAnHour = mostAlertsAnHour;
    this.#now = now;
  }

  /**
   * @throws KeyturnError ALERT_BEING_SENT, or what the memory or the publisher throws. Then the findings are to be taken again; what
   * was already done is not done twice.
   */
  async take(findings: readonly Finding[]): Promise<DeskReport> {
    const hidden = findings.flatMap((finding) => hiddenNote(finding, this.#suppressions));
    await this.#shelf.load(hidden.map(({ key }) => key));
    await this.#shelf.add(fitting(hidden, this.#shelf));
    const told = findings.filter((finding) => suppressionOf(finding, this.#suppressions) === undefined);
    const published: Alert[] = [];
    for (const ofOne of Map.groupBy(told, (finding) => nameOf(incidentKey(finding))).values()) {
      const alert = await this.#takeOne(ofOne);
      if (alert !== undefined) published.push(alert);
    }
    this.#shelf.trim();
    return { findings: findings.length, suppressed: findings.length - told.length, published };
  }

  /** @param findings of one incident, at least one. */
  async #takeOne(findings: readonly Finding[]): Promise<Alert | undefined> {
    const [finding] = findings;
    if (finding === undefined) return undefined;
    const key = incidentKey(finding);
    await this.#shelf.load([key, toldKey(key)]);
    await this.#shelf.add(fitting(findings.flatMap(notesOf), this.#shelf));
    const incident = incidentOf(key, this.#shelf.page(key));
    await this.#shelf.add(findings.flatMap(closing));
    const stage = this.#stageOf(key, incident);
    if (stage !== undefined) return await this.#publish(finding, key, stage);
    if (!incident.alerts) await this.#shelf.add([digestNote(finding, incident)]);
    return undefined;
  }

  /** Which of its two alerts the incident is due: `first`, `grown`, or none. */
  #stageOf(key: ItemKey, { alerts, severity, secrets }: Incident): 'first' | 'grown' | undefined {
    if (!alerts) return undefined;
    const published = [...this.#shelf.page(toldKey(key)).values('published')].map((value) =>
      value.split('|'),
    );
    const first = published.find(([stage]) => stage === 'first');
    if (first === undefined) return 'first';
    if (published.some(([stage]) => stage === 'grown')) return undefined;
    const [, thenSeverity = '', thenSecrets = '0'] = first;
    const graver = isGraver(severity, thenSeverity as Incident['severity']);
    // There is only one update: while it can still get graver, more of the same waits for that.
    const doubled = severity !== 'medium' && secrets.size >= 2 * Number(thenSecrets) + 5;
    return graver || doubled ? 'grown' : undefined;
  }

  /** The claim keeps two processes from sending at once; the note is what keeps it sent. */
  async #publish(finding: Finding, key: ItemKey, due: 'first' | 'grown'): Promise<Alert | undefined> {
    const now = this.#now();
    if (!(await this.#memory.claim(toldKey(key), due, now, now + LEASE))) {
      await this.#shelf.refresh([toldKey(key)]);
      if (this.#stageOf(key, incidentOf(key, this.#shelf.page(key))) === undefined) return undefined;
      throw new KeyturnError('ALERT_BEING_SENT', 'The claim on the alert is not ours.');
    }
    await this.#shelf.refresh([key, toldKey(key)]);
    const incident = incidentOf(key, this.#shelf.page(key));
    const stage = this.#stageOf(key, incident);
    if (stage !== due) return undefined;
    await this.#loadInventory(finding, incident);
    const alert = alertOf(incident, stage, finding.event, this.#shelf);
    const sent = await this.#sendOrHold(alert).catch(async (error: unknown) => {
      // Claimed at its own end, a claim ends now: who takes the findings again need not wait.
      await this.#memory.claim(toldKey(key), due, now + LEASE, now);
      throw error;
    });
    const held = sent === undefined ? [digested(finding, 'held', incident.id)] : [];
    await this.#shelf.add([publishedNote(toldKey(key), stage, incident, finding.event.time), ...held]);
    return sent;
  }

  async #loadInventory({ event }: Finding, { secrets }: Incident): Promise<void> {
    const quarters = quartersBefore(event.time);
    const keys = [...secrets.keys()].slice(0, 100);
    await this.#shelf.refresh([
      ...keys.flatMap((secret) => quarters.map((quarter) => secretPage(secret, quarter))),
      ...quarters.map((quarter) => principalPage(event.principal.key, quarter)),
    ]);
  }

  /**
   * In a storm the first alert that is held back is sent as one about the storm. @returns undefined for the others, which
   * are left to the digest
   */
  async #sendOrHold(alert: Alert): Promise<Alert | undefined> {
    const hour = accountHour(alert.accountId, this.#now());
    await this.#shelf.refresh([hour]);
    const page = this.#shelf.page(hour);
    const sent = new Set(page.values('alert'));
    if (sent.size < this.#mostAlertsAnHour || sent.has(alert.id) || alert.severity === 'critical') {
      await this.#publisher.publish(alert);
      await this.#shelf.add([hourNote(hour, 'alert', alert.id, this.#now())]);
      return alert;
    }
    const storm = stormAlert(alert, sent.size);
    if ([...page.values('storm')].includes(storm.id)) return undefined;
    await this.#publisher.publish(storm);
    await this.#shelf.add([hourNote(hour, 'storm', storm.id, this.#now())]);
    return storm;
  }
}

const nameOf = ({ subject, span }: ItemKey): string => `${subject}#${span}`;

const hourNote = (key: ItemKey, kind: string, value: string, time: number): Note => ({
  key,
  kind,
  value,
  time,
  keep: 'first',
  until: time + 2 * HOUR,
});

const publishedNote = (key: ItemKey, stage: string, incident: Incident, time: number): Note => ({
  key,
  kind: 'published',
  value: [stage, incident.severity, incident.secrets.size].join('|'),
  time,
  keep: 'first',
  until: time + 90 * DAY,
});

/** What a suppression hides is counted for the digest, under its reason: whoever answers for it sees what it costs. */
function hiddenNote(finding: Finding, suppressions: readonly Suppression[]): Note[] {
  const by = suppressionOf(finding, suppressions);
  if (by === undefined) return [];
  const { reason, owner, expires } = by;
  const what = `${finding.detector.id}/${finding.event.id}`;
  return [digested(finding, 'hidden', JSON.stringify([reason, owner, expires, what]))];
}

/** What ends an earlier finding is for the digest only. */
const closing = (finding: Finding): Note[] =>
  finding.closes === undefined
    ? []
    : [digested(finding, 'closed', [finding.closes, finding.subject].join('|'))];

const digestNote = (finding: Finding, { id }: Incident): Note => digested(finding, 'incident', id);

/** The sweep's daily digest is made of these. */
const digested = ({ event }: Finding, kind: string, value: string): Note => ({
  key: { subject: `digest/${event.accountId}`, span: dayOf(event.time) },
  kind,
  value,
  time: event.time,
  keep: 'first',
  until: event.time + 9 * DAY,
});

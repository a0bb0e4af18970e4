/** From events to findings: remember, then judge, batch by batch. */
import { matchesAny } from '../core/patterns.ts';
import type { Deployment } from './deployment.ts';
import { type Detector, type Finding, keysOf, type Verdict } from './detectors/detector.ts';
import type { AuditEvent } from './events/event.ts';
import { identified } from './memory/identities.ts';
import type { ItemKey, Memory } from './memory/memory.ts';
import type { Note } from './memory/note.ts';
import { Past } from './memory/past.ts';
import { ReadRates } from './memory/read-rates.ts';
import {
  accountHour,
  accountPage,
  lasting,
  passing,
  principalHour,
  principalPage,
  secretPage,
} from './memory/remember.ts';
import { fitting } from './memory/room.ts';
import { SettledReads } from './memory/settled.ts';
import { Shelf } from './memory/shelf.ts';
import { HOUR, quartersBefore } from './memory/spans.ts';

export interface Judgement {
  readonly findings: Finding[];
  /** Ids of detectors that failed on an event. */
  readonly broken: string[];
}

export class Judge {
  readonly #shelf: Shelf;
  readonly #deployment: Deployment;
  readonly #detectors: readonly Detector[];
  /** Made as names come. */
  readonly #byName = new Map<string, readonly Detector[]>();
  readonly #settled = new SettledReads();
  readonly #rates = new ReadRates();

  constructor(memory: Memory, detectors: readonly Detector[], deployment: Deployment) {
    this.#shelf = new Shelf(memory);
    this.#deployment = deployment;
    this.#detectors = detectors;
  }

  /**
   * Remembers the events, and judges each by all that is remembered then. The same events in any order, or twice, lead
   * to the same findings once all have been seen.
   * @throws what the memory throws; then nothing was judged, and doing it again does no harm.
   */
  async judge(recorded: readonly AuditEvent[]): Promise<Judgement> {
    const events = await identified(recorded, this.#shelf);
    if (events.some(({ kind }) => kind === 'seen')) this.#settled.clear();
    const rates = this.#ratesOf(events);
    const open = events.filter((event) => rates.has(event) || !this.#settled.has(event));
    const written = await this.#note(open, [...rates.values()]);
    await this.#refreshAround(open, written);
    const judgement: Judgement = { findings: [], broken: [] };
    for (const event of open) this.#judgeOne(event, judgement);
    this.#shelf.trim();
    return judgement;
  }

  /** Remembers the events without judging them: a history that is over. */
  async remember(recorded: readonly AuditEvent[]): Promise<void> {
    const events = await identified(recorded, this.#shelf);
    await this.#note(events, [...this.#ratesOf(events).values()]);
    this.#shelf.trim();
  }

  /** The events by which a principal reached a rate. */
  #ratesOf(events: readonly AuditEvent[]): Map<AuditEvent, Note> {
    const reached = new Map<AuditEvent, Note>();
    for (const event of events) {
      const note = this.#rates.count(event);
      if (note !== undefined) reached.set(event, note);
    }
    return reached;
  }

  async #note(events: readonly AuditEvent[], rates: readonly Note[]): Promise<readonly ItemKey[]> {
    await this.#shelf.load(events.flatMap(pagesOf));
    const notes = [...rates, ...events.flatMap((event) => this.#notes(event))];
    return await this.#shelf.add(fitting(notes, this.#shelf));
  }

  #notes(event: AuditEvent): Note[] {
    const past = new Past(event, this.#shelf);
    const usual = event.secrets.length > 0 && event.secrets.every((secret) => past.isUsual(secret));
    return [...lasting(event, this.#deployment), ...passing(event, usual)];
  }

  /**
   * Whoever adds the last mark must see all the others, also those that another function has just put into a page
   * beside its own.
   */
  async #refreshAround(events: readonly AuditEvent[], written: readonly ItemKey[]): Promise<void> {
    const fresh = new Set(written.map(nameOf));
    const stale = events
      .filter((event) => fresh.has(nameOf(principalHour(event.principal.key, event.time))))
      .flatMap(hoursOf)
      .filter((key) => !fresh.has(nameOf(key)));
    await this.#shelf.refresh([...new Map(stale.map((key) => [nameOf(key), key])).values()]);
  }

  /** A detector that fails must not hide what the others find. */
  #judgeOne(event: AuditEvent, { findings, broken }: Judgement): void {
    const past = new Past(event, this.#shelf);
    const before = findings.length + broken.length;
    for (const detector of this.#detectorsOf(event))
      try {
        const verdict = detector.judge(event, past, this.#deployment);
        if (verdict !== undefined) findings.push(finding(detector, event, verdict));
      } catch {
        broken.push(detector.id);
      }
    if (findings.length + broken.length === before && this.#isSettled(event, past)) this.#settled.add(event);
  }

  /** A canary's reads are waited for, each of them. */
  #isSettled({ secrets }: AuditEvent, past: Past): boolean {
    return (
      secrets.length > 0 &&
      secrets.every((secret) => past.isUsual(secret) && !matchesAny(this.#deployment.canaries, secret.name))
    );
  }

  #detectorsOf({ name }: AuditEvent): readonly Detector[] {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const service = `${name.slice(0, name.indexOf(':'))}:*`;
    const detectors = this.#detectors.filter(({ on }) => on.includes(name) || on.includes(service));
    this.#byName.set(name, detectors);
    return detectors;
  }
}

const finding = (detector: Detector, event: AuditEvent, verdict: Verdict): Finding => ({
  detector,
  event,
  severity: verdict.severity ?? detector.severity,
  alerts: verdict.alerts ?? detector.alerts,
  because: verdict.because,
  subject: verdict.subject ?? '',
  secrets: [...new Set([...keysOf(event.secrets), ...(verdict.secrets ?? [])])],
  closes: verdict.closes,
  about: verdict.about,
});

const nameOf = ({ subject, span }: ItemKey): string => `${subject}#${span}`;

const pagesOf = ({ kind, accountId, principal, secrets, time }: AuditEvent): ItemKey[] => [
  accountPage(accountId),
  ...quartersBefore(time).flatMap((quarter) => [
    principalPage(principal.key, quarter),
    ...secrets.map(({ key }) => secretPage(key, quarter)),
  ]),
  ...(kind === 'tick' ? [-HOUR, 0, HOUR].map((shift) => accountHour(accountId, time + shift)) : []),
];

const hoursOf = ({ principal, time }: AuditEvent): ItemKey[] => [
  ...[-HOUR, 0, HOUR].map((shift) => principalHour(principal.key, time + shift)),
  ...quartersBefore(time).map((quarter) => principalPage(principal.key, quarter)),
];

/** From events to findings: remember, then judge, batch by batch. */
import { matchesAny } from '../core/patterns.ts';
import type { Deployment } from './deployment.ts';
import { type Detector, type Finding, keysOf, type Verdict } from './detectors/detector.ts';
import type { AuditEvent } from './events/event.ts';
import { identified } from './memory/identities.ts';
import { KeyMap } from './memory/key-map.ts';
import type { ItemKey, Memory } from './memory/memory.ts';
import type { Note } from './memory/note.ts';
import { Notebook } from './memory/notebook.ts';
import { Past } from './memory/past.ts';
import { ReadRates } from './memory/read-rates.ts';
import {
  accountHour,
  accountPage,
  isHabit,
  isRead,
  noteLasting,
  notePassing,
  principalHour,
  principalPage,
  secretPage,
} from './memory/remember.ts';
import { fitting } from './memory/room.ts';
import { SettledReads } from './memory/settled.ts';
import { Shelf } from './memory/shelf.ts';
import { DAY, HOUR, quartersBefore } from './memory/spans.ts';

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
  /** Apart: what is remembered first and judged then counts once for each. */
  readonly #learnedRates = new ReadRates();

  constructor(memory: Memory, detectors: readonly Detector[], deployment: Deployment, mostPages?: number) {
    this.#shelf = new Shelf(memory, mostPages);
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
    const rates = this.#ratesOf(events);
    const isRate = (event: AuditEvent) => rates.size > 0 && rates.has(event);
    const settled = events.map((event) => (isRate(event) ? undefined : this.#settled.find(event)));
    const open = events.filter((_, at) => settled[at] === undefined);
    const written = await this.#note(open, [...rates.values()].flat());
    await this.#refreshAround(open, written);
    await this.#shelf.load(open.flatMap((event) => new Past(event, this.#shelf).olderPages));
    const judgement: Judgement = { findings: [], broken: [] };
    for (const [at, event] of events.entries()) {
      const way = settled[at];
      // What others of the batch said may make odd what was settled.
      if (way === undefined || this.#settled.hasChanged(way)) this.#judgeOne(event, judgement);
    }
    this.#shelf.trim();
    return judgement;
  }

  /** Remembers the events without judging them: a history that is over. */
  async remember(recorded: readonly AuditEvent[]): Promise<void> {
    const events = await identified(recorded, this.#shelf);
    await this.#note(events, [...this.#ratesOf(events, this.#learnedRates).values()].flat());
    this.#shelf.trim();
  }

  /** The events by which a principal, or a secret, reached a rate. */
  #ratesOf(events: readonly AuditEvent[], rates = this.#rates): Map<AuditEvent, readonly Note[]> {
    const reached = new Map<AuditEvent, readonly Note[]>();
    for (const event of events) {
      const notes = rates.count(event);
      if (notes.length > 0) reached.set(event, notes);
    }
    return reached;
  }

  async #note(events: readonly AuditEvent[], rates: readonly Note[]): Promise<readonly ItemKey[]> {
    const pages: ItemKey[] = [];
    for (const event of events) pushPages(event, pages);
    await this.#shelf.load(pages);
    const notebook = new Notebook(this.#shelf);
    for (const event of events) {
      noteLasting(event, this.#deployment, notebook);
      notePassing(event, new Past(event, this.#shelf).allUsual, notebook);
    }
    const notes = fitting([...rates, ...notebook.notes], this.#shelf);
    const written = await this.#shelf.add(notes);
    for (const note of notes) if (!isHabit(note)) this.#settled.changed(note.key);
    return written;
  }

  /**
   * Whoever adds the last mark must see all the others, also those that another function has just put into a page
   * beside its own.
   */
  async #refreshAround(events: readonly AuditEvent[], written: readonly ItemKey[]): Promise<void> {
    const fresh = new KeyMap<true>();
    for (const key of written) fresh.set(key, true);
    const stale = new KeyMap<ItemKey>();
    for (const event of events)
      if (fresh.get(principalHour(event.principal.key, event.time)))
        for (const key of hoursOf(event)) if (!fresh.get(key)) stale.set(key, key);
    await this.#shelf.refresh([...stale.values()]);
  }

  #judgeOne(event: AuditEvent, judgement: Judgement): void {
    const past = new Past(event, this.#shelf);
    const isQuiet = this.#runDetectors(event, past, judgement);
    if (isQuiet && this.#isSettled(event, past)) this.#settled.add(event, past);
  }

  /** A detector that fails must not hide what the others find. @returns whether none found anything, nor failed. */
  #runDetectors(event: AuditEvent, past: Past, { findings, broken }: Judgement): boolean {
    const before = findings.length + broken.length;
    for (const detector of this.#detectorsOf(event))
      try {
        const verdict = detector.judge(event, past, this.#deployment);
        if (verdict !== undefined) findings.push(finding(detector, event, verdict));
      } catch {
        broken.push(detector.id);
      }
    return findings.length + broken.length === before;
  }

  /**
   * Whether the same read is sure to be quiet for the rest of its day: it would be a day later too, so no span of time
   * ends between that makes it odd. A canary's reads are waited for, each of them.
   */
  #isSettled(event: AuditEvent, past: Past): boolean {
    if (!isRead(event) || past.learning || !past.allUsual) return false;
    if (event.secrets.some(({ name }) => matchesAny(this.#deployment.canaries, name))) return false;
    const later = { ...event, time: event.time + DAY };
    return this.#runDetectors(later, new Past(later, this.#shelf), { findings: [], broken: [] });
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
  since: verdict.since,
});

function pushPages({ kind, accountId, principal, secrets, time }: AuditEvent, pages: ItemKey[]): void {
  pages.push(accountPage(accountId));
  for (const quarter of quartersBefore(time)) {
    pages.push(principalPage(principal.key, quarter));
    for (const { key } of secrets) pages.push(secretPage(key, quarter));
  }
  if (kind === 'tick') for (const shift of [-HOUR, 0, HOUR]) pages.push(accountHour(accountId, time + shift));
}

const hoursOf = ({ principal, time }: AuditEvent): ItemKey[] => [
  ...[-HOUR, 0, HOUR].map((shift) => principalHour(principal.key, time + shift)),
  ...quartersBefore(time).map((quarter) => principalPage(principal.key, quarter)),
];

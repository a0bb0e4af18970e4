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
  noteLasting,
  notePassing,
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
    const pages: ItemKey[] = [];
    for (const event of events) pushPages(event, pages);
    await this.#shelf.load(pages);
    const notebook = new Notebook(this.#shelf);
    for (const event of events) {
      noteLasting(event, this.#deployment, notebook);
      notePassing(event, new Past(event, this.#shelf).allUsual, notebook);
    }
    return await this.#shelf.add(fitting([...rates, ...notebook.notes], this.#shelf));
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
    return past.allUsual && !secrets.some(({ name }) => matchesAny(this.#deployment.canaries, name));
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

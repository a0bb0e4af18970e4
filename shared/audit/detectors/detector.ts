import type { Deployment } from '../deployment.ts';
import type { AuditEvent, SecretRef } from '../events/event.ts';
import type { Past } from '../memory/past.ts';

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** What a detector is about. A role's incidents are kept apart by it. */
export type Family = 'reading' | 'changing' | 'rotation' | 'watching';

/** One thing worth noticing: its judgement, and all that a person must know of it. docs/detectors.md is made of these. */
export interface Detector {
  /** The file's name. */
  readonly id: string;
  /** A noun phrase, for a subject line: `Many secrets read at once`. */
  readonly title: string;
  readonly family: Family;
  /** What a verdict has that says nothing else. */
  readonly severity: Severity;
  /** `false`: it adds to an incident, and never alerts alone. */
  readonly alerts: boolean;
  /** Set where no suppression may hide it. */
  readonly neverSuppressed?: true;
  /** Why it matters, in a sentence or two, for the reader of an alert. */
  readonly why: string;
  /** Ids of MITRE ATT&CK techniques. */
  readonly techniques: readonly string[];
  /** What to do, step by step, the first step first. */
  readonly runbook: readonly string[];
  readonly falsePositives: readonly string[];
  /** What it does not see. */
  readonly gaps: readonly string[];
  /** Addresses of what it goes by. */
  readonly references: readonly string[];
  /** Names of the events it judges: `secretsmanager:GetSecretValue`, or `secretsmanager:*` for all of a service. */
  readonly on: readonly string[];
  /** @returns undefined when there is nothing to notice. Pure: it depends on nothing but its arguments. */
  judge(event: AuditEvent, past: Past, deployment: Deployment): Verdict | undefined;
}

export interface Verdict {
  /** What was seen, with its numbers: a sentence for the alert. It may quote names, and nothing else that was logged. */
  readonly because: string;
  readonly severity?: Severity;
  /** False: this time it only adds to an incident. */
  readonly alerts?: boolean;
  /** Tells it apart from the detector's other findings of the same principal and day: a secret's key, for instance. */
  readonly subject?: string;
  /** Secrets at risk besides those of the event, by key. */
  readonly secrets?: readonly string[];
  /** What an earlier finding is ended by: the id of its detector. */
  readonly closes?: string;
  /** Whose incident it is, where that is not the principal's. */
  readonly about?: string;
  /** When what was found began, where it is more than the event: the incident is of that day. */
  readonly since?: number;
}

/** A detector's verdict on an event. */
export interface Finding {
  readonly detector: Detector;
  readonly severity: Severity;
  readonly alerts: boolean;
  readonly because: string;
  readonly subject: string;
  readonly event: AuditEvent;
  /** All secrets at risk, by key. */
  readonly secrets: readonly string[];
  readonly closes: string | undefined;
  readonly about: string | undefined;
  readonly since: number | undefined;
}

export const keysOf = (secrets: readonly SecretRef[]): readonly string[] => secrets.map(({ key }) => key);

/** What a deployment has decided not to be told, for a while. */
import { matchesAny } from '../../core/patterns.ts';
import type { Finding } from '../detectors/detector.ts';
import { networkOf } from '../events/network.ts';

export interface Suppression {
  /** Patterns with `*`; an absent one matches everything, and at least one is there. */
  readonly detector?: string | undefined;
  readonly principal?: string | undefined;
  /** Of the secrets' names; all secrets of a finding must match. */
  readonly secret?: string | undefined;
  readonly network?: string | undefined;
  /** For whoever reads it in half a year. */
  readonly reason: string;
  readonly owner: string;
  /** The last day it counts, `2026-12-31`. */
  readonly expires: string;
}

/** @returns the first suppression that hides the finding at the time it happened. */
export const suppressionOf = (
  finding: Finding,
  suppressions: readonly Suppression[],
): Suppression | undefined =>
  finding.detector.neverSuppressed === true
    ? undefined
    : suppressions.find((suppression) => hides(suppression, finding));

function hides({ detector, principal, secret, network, expires }: Suppression, finding: Finding): boolean {
  const { event } = finding;
  return (
    event.time < Date.parse(`${expires}T24:00:00Z`) &&
    matches(detector, finding.detector.id) &&
    matches(principal, event.principal.key) &&
    matches(network, networkOf(event.origin) ?? '') &&
    (secret === undefined ||
      (finding.secrets.length > 0 && finding.secrets.every((key) => matches(secret, nameIn(key)))))
  );
}

const matches = (pattern: string | undefined, text: string): boolean =>
  pattern === undefined || matchesAny([pattern], text);

/** `ACCOUNT/REGION/NAME` without the first two. */
const nameIn = (key: string): string => key.split('/').slice(2).join('/');

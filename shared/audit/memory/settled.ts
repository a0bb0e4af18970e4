/**
 * Reads that were judged within the hour, found usual and told nobody of: the same read again, by the same caller from
 * the same place, can come to nothing else. Most of the traffic ends here, with one look into a set.
 */
import type { AuditEvent } from '../events/event.ts';
import { networkOf } from '../events/network.ts';
import { isRead } from './remember.ts';
import { hourOf } from './spans.ts';

const MOST = 50_000;

export class SettledReads {
  readonly #known = new Set<string>();

  has(event: AuditEvent): boolean {
    return isRead(event) && this.#known.has(keyOf(event));
  }

  /** @param event that was found usual, and in which no detector found anything */
  add(event: AuditEvent): void {
    if (!isRead(event)) return;
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.add(keyOf(event));
  }

  /** What the sweep finds may make of a usual read something else. */
  clear(): void {
    this.#known.clear();
  }
}

const keyOf = ({ time, name, region, principal, origin, secrets, versionId, request }: AuditEvent): string =>
  `${hourOf(time)} ${name} ${region} ${principal.key} ${principal.accessKeyId} ${principal.invokedBy} ${networkOf(origin)} ${
    origin.userAgent
  } ${secrets.length === 1 ? secrets[0]?.key : secrets.map(({ key }) => key).join(' ')} ${versionId} ${
    request?.['versionStage']
  }`;

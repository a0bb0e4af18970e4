/** One line of the work list: a secret that somebody may have, and whether what they have still works. */
import * as v from 'valibot';
import type { AuditEvent } from '../events/event.ts';
import type { Reading } from '../incidents/incident.ts';
import { Past } from '../memory/past.ts';
import type { Shelf } from '../memory/shelf.ts';
import { secretLink } from './links.ts';
import { safeText } from './safe-text.ts';

export const SecretAtRisk = v.object({
  name: v.string(),
  accountId: v.string(),
  region: v.string(),
  versions: v.pipe(
    v.array(v.string()),
    v.description('Ids of the versions that were read, where they are known.'),
  ),
  stillValid: v.pipe(
    v.picklist(['yes', 'no', 'unknown', 'unread']),
    v.description('Whether what was read still logs in, by the rotations since; `unread` if nothing was.'),
  ),
  strategy: v.nullable(v.string()),
  host: v.nullable(v.string()),
  user: v.nullable(v.string()),
  owner: v.nullable(v.string()),
  link: v.string(),
});

/** @param shelf on which the secret's pages are. */
export function atRisk(
  key: string,
  { versions, readTime }: Reading,
  event: AuditEvent,
  shelf: Shelf,
): v.InferOutput<typeof SecretAtRisk> {
  const [accountId = '', region = '', ...rest] = key.split('/');
  const name = rest.join('/');
  const past = new Past(event, shelf);
  const secret = { key, name, arn: undefined };
  const inventory = past.inventoryOf(secret);
  const safe = (value: string | undefined) => (value === undefined ? null : safeText(value));
  const rotations = past.ofSecret(secret, 'RotationSucceeded');
  return {
    name: safeText(name, 200),
    accountId: safeText(accountId, 20),
    region: safeText(region, 40),
    versions: [...versions].slice(0, 5).map((version) => safeText(version, 64)),
    stillValid:
      readTime === undefined
        ? 'unread'
        : stillValid(inventory?.strategy, rotations.filter(({ time }) => time > readTime).length),
    strategy: safe(inventory?.strategy),
    host: safe(inventory?.host),
    user: safe(inventory?.user),
    owner: safe(inventory?.owner),
    link: secretLink(region, name),
  };
}

/** With two users, or two passwords, the one before still logs in after one rotation. */
function stillValid(strategy: string | undefined, rotations: number): 'yes' | 'no' | 'unknown' {
  if (rotations === 0) return 'yes';
  if (strategy === undefined) return rotations > 1 ? 'no' : 'unknown';
  return rotations > (strategy === 'single-user' ? 0 : 1) ? 'no' : 'yes';
}

import { type Deployment, isDeployRole } from '../deployment.ts';
import type { AuditEvent } from '../events/event.ts';
import type { Past } from '../memory/past.ts';
import { isRead } from '../memory/remember.ts';
import { MOST_IN_AN_HOUR } from '../memory/room.ts';
import { MINUTE } from '../memory/spans.ts';
import { isRotating } from './rotating.ts';

/** Such reads are nearly all of the traffic, and cross no threshold: only unusual ones are kept to be counted. */
export const isUsualRead = (event: AuditEvent, past: Past): boolean =>
  isRead(event) && event.secrets.length > 0 && event.secrets.every((secret) => past.isUsual(secret));

/** Whoever made a secret, before ever reading it, knew what is in it. */
export function isOwnMake(key: string, past: Past): boolean {
  const made = past.first('made', key);
  return made !== undefined && made <= (past.first('read', key) ?? Number.POSITIVE_INFINITY);
}

/** Rotation and infrastructure-as-code come to new secrets every day: it is their work, from where they do it. */
export const isItsWork = (event: AuditEvent, past: Past, deployment: Deployment): boolean =>
  (isRotating(event, past, deployment) ||
    isDeployRole(deployment, event.principal) ||
    isRefresh(event, past, deployment)) &&
  !past.networkIsNew;

const SPAN = 15 * MINUTE;

/** New to it, at once. */
const MUCH = 20;

/** What it manages grows by a few: whoever reads half as much again, under cover of a plan, is not its owner. */
function isMuchMore(past: Past): boolean {
  const read = [...past.together('read', SPAN).values];
  if (read.length < MUCH) return false;
  const all = past.firsts('read');
  const fresh = read.filter((key) => past.isNew('read', key)).length;
  let known = 0;
  for (const key of all.keys()) if (!past.isNew('read', key)) known += 1;
  return fresh >= MUCH && fresh * 2 >= known;
}

/**
 * Where the roles of infrastructure-as-code are not known, as when a history is replayed, its work is known by what it
 * does: a role that has made secrets before looks at each secret, and at its policy, whenever it reads it, and needs no
 * list. Whoever has taken such a role over can do the same, a little at a time.
 */
function isRefresh({ principal, secrets }: AuditEvent, past: Past, { deployRoles }: Deployment): boolean {
  if (deployRoles.length > 0 || principal.type !== 'role' || secrets.length === 0) return false;
  if (!past.learning && (past.isNew('call', 'secretsmanager:CreateSecret') || isMuchMore(past))) return false;
  return (
    past.around('list', SPAN).length === 0 &&
    ['look', 'policy'].every((kind) => {
      const { values } = past.together(kind, SPAN);
      return values.size >= MOST_IN_AN_HOUR || secrets.every(({ key }) => values.has(key));
    })
  );
}

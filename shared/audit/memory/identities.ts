/**
 * A call into another account is recorded in both, under one sharedEventID: the caller's record says who it was, the
 * owner's only from which account. What the first says is remembered, so that both are about one actor.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
import type { AuditEvent, Principal } from '../events/event.ts';
import type { ItemKey } from './memory.ts';
import type { Note } from './note.ts';
import type { Shelf } from './shelf.ts';
import { DAY } from './spans.ts';

const callPage = (sharedId: string): ItemKey => ({ subject: `call/${sharedId}`, span: 'all' });

/** @returns the events, the owner's records with the identity of the caller's where that is known. */
export async function identified(
  events: readonly AuditEvent[],
  shelf: Shelf,
): Promise<readonly AuditEvent[]> {
  if (events.every(({ sharedId }) => sharedId === undefined)) return events;
  const notes = events.flatMap(identityOf);
  const owners = events.filter(isOwners);
  if (notes.length + owners.length === 0) return events;
  await shelf.add(notes);
  await shelf.refresh(owners.map(({ sharedId = '' }) => callPage(sharedId)));
  return events.map((event) => (isOwners(event) ? withIdentity(event, shelf) : event));
}

const isOwners = ({ sharedId, principal }: AuditEvent): boolean =>
  sharedId !== undefined && principal.type === 'account';

/** A copy of a call within one account, as a VPC endpoint makes it, is no second identity. */
function identityOf({ sharedId, principal, secrets, accountId, time }: AuditEvent): Note[] {
  if (sharedId === undefined || principal.type === 'account') return [];
  if (secrets.every(({ key }) => key.startsWith(`${accountId}/`))) return [];
  const value = JSON.stringify(principal);
  return [{ key: callPage(sharedId), kind: 'who', value, time, keep: 'first', until: time + 2 * DAY }];
}

function withIdentity(event: AuditEvent, shelf: Shelf): AuditEvent {
  const [who] = shelf.page(callPage(event.sharedId ?? '')).values('who');
  return who === undefined ? event : { ...event, principal: JSON.parse(who) as Principal };
}

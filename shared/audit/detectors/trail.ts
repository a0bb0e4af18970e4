/** Whether a call makes a trail tell less of secrets. */
import type { Logged } from '../events/event.ts';
import { asText, objectsOf, textsOf } from '../events/logged.ts';

export function isOfTrail(name: string, request: Logged | undefined): boolean {
  if (name === 'cloudtrail:StopLogging' || name === 'cloudtrail:DeleteTrail') return true;
  if (name === 'cloudtrail:UpdateTrail')
    return request?.['isMultiRegionTrail'] === false || request?.['includeGlobalServiceEvents'] === false;
  return name === 'cloudtrail:PutEventSelectors' && dropsEvents(request);
}

/** Without read events and KMS, most of what is looked for here cannot be seen. */
function dropsEvents(request: Logged | undefined): boolean {
  const advanced = objectsOf(request?.['advancedEventSelectors']).map((selector) =>
    objectsOf(selector?.['fieldSelectors']),
  );
  return (
    objectsOf(request?.['eventSelectors']).some(dropsSome) ||
    (advanced.length > 0 && !advanced.some(keepsAll))
  );
}

const dropsSome = (selector: Logged): boolean =>
  selector['readWriteType'] === 'WriteOnly' ||
  selector['includeManagementEvents'] === false ||
  textsOf(selector?.['excludeManagementEventSources']).length > 0;

/** Advanced selectors add up. One that takes management events, and asks for nothing else, takes all of them. */
const keepsAll = (fields: readonly Logged[]): boolean =>
  fields.length === 1 &&
  asText(fields[0]?.['field']) === 'eventCategory' &&
  textsOf(fields[0]?.['equals']).includes('Management');

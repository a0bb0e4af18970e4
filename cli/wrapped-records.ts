/**
 * Records of CloudTrail wherever they are in a document: hits of a search, what `aws cloudtrail lookup-events` prints,
 * messages of a queue, examples of rules. Some hold a record as a text.
 */
import type { Logged } from '../shared/audit/events/event.ts';
import { asObject } from '../shared/audit/events/logged.ts';

/** Wrappers are not that deep, and a document may be as deep as it likes. */
const DEEPEST = 16;

/** @returns the records and events of EventBridge in a value; what is within one is part of it. */
export function recordsIn(value: unknown, depth = 0): readonly unknown[] {
  if (depth > DEEPEST) return [];
  if (typeof value === 'string') return recordsOfText(value, depth);
  const object = asObject(value);
  if (object !== undefined && isEvent(object)) return [withObjects(object)];
  const inner = object === undefined ? value : Object.values(object);
  return Array.isArray(inner) ? inner.flatMap((one) => recordsIn(one, depth + 1)) : [];
}

function recordsOfText(text: string, depth: number): readonly unknown[] {
  if (!/^\s*[[{]/.test(text)) return [];
  try {
    return recordsIn(JSON.parse(text), depth + 1);
  } catch {
    return [];
  }
}

const isEvent = (object: Logged): boolean =>
  isRecord(object) || (object['detail-type'] !== undefined && asObject(object['detail']) !== undefined);

/** What names a call, and tells nothing of it that was logged, is a list of calls or the like. */
const isRecord = (object: Logged): boolean =>
  has(object, NAMES) && has(object, LOGGED) && typeof object[TEXT] !== 'string';

/** In Splunk's hits, fields that were found in the text of the record are beside it, and objects among them are none. */
const TEXT = '_raw';

const NAMES = ['eventName', 'eventSource'];
const LOGGED = ['eventTime', 'eventID', 'eventVersion', 'eventType', 'userIdentity', 'recipientAccountId'];

const has = (object: Logged, keys: readonly string[]): boolean =>
  keys.some((key) => object[key] !== undefined);

/** Objects in a record, which tables (Athena's, for one) hold as texts. */
const OBJECTS = ['userIdentity', 'requestParameters', 'responseElements', 'additionalEventData'];

/** @returns null where a text is no JSON: without who it was, and what for, a record would be another one. */
function withObjects(event: Logged): unknown {
  const texts = OBJECTS.filter((key) => typeof event[key] === 'string');
  if (texts.length === 0) return event;
  try {
    const objects = texts.map((key) => [key, JSON.parse(String(event[key]) || 'null')]);
    return { ...event, ...Object.fromEntries(objects) };
  } catch {
    return null;
  }
}

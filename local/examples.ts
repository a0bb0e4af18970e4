/**
 * The examples of the detectors: `events/cloudtrail/<detector>/{fires,quiet}-<what>.json`. They are CloudTrail's own
 * records, short: each event is laid over the file's `base`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Example {
  readonly detector: string;
  /** Whether the detector must find something among the events. */
  readonly fires: boolean;
  /** The file's name without its ending. */
  readonly name: string;
  /** What the deployment is told, as fields of `Deployment`. */
  readonly deployment: Readonly<Record<string, unknown>>;
  /** What happened before, in CloudTrail's form or EventBridge's; whatever is found in it is no matter. */
  readonly given: readonly unknown[];
  readonly events: readonly unknown[];
}

type Json = Record<string, unknown>;

const FOLDER = resolve(import.meta.dirname, '../events/cloudtrail');

export const examples = (): Example[] =>
  readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .flatMap(examplesOf);

const examplesOf = (detector: string): Example[] =>
  readdirSync(join(FOLDER, detector))
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => read(detector, file));

function read(detector: string, file: string): Example {
  const {
    base = {},
    deployment = {},
    given = [],
    events,
  } = JSON.parse(readFileSync(join(FOLDER, detector, file), 'utf8')) as {
    base?: Json;
    deployment?: Json;
    given?: Json[];
    events: Json[];
  };
  const whole = (parts: readonly Json[], of: string) =>
    parts.flatMap((part, at) => repeated(merged(base, part), `${detector}/${file}/${of}/${at}`));
  return {
    detector,
    fires: file.startsWith('fires-'),
    name: file.slice(0, -'.json'.length),
    deployment,
    given: whole(given, 'given'),
    events: whole(events, 'events'),
  };
}

/** `repeat: {count, everySeconds}` makes several of one, and `{n}` in its texts is 1, 2, 3… */
function repeated({ repeat, ...event }: Json, id: string): Json[] {
  const { count, everySeconds } = (repeat ?? { count: 1, everySeconds: 0 }) as Record<string, number>;
  return Array.from({ length: count ?? 1 }, (_, at) => ({
    eventID: `${id}/${at}`,
    ...numbered(later(event, at * (everySeconds ?? 0)), at + 1),
  }));
}

const later = (event: Json, seconds: number): Json =>
  typeof event['eventTime'] === 'string'
    ? {
        ...event,
        eventTime: `${new Date(Date.parse(event['eventTime']) + seconds * 1000).toISOString().slice(0, 19)}Z`,
      }
    : event;

const numbered = (event: Json, n: number): Json =>
  JSON.parse(JSON.stringify(event).replaceAll('{n}', String(n))) as Json;

/** Objects are merged key by key, but for who it was, whose form depends on its type; all else replaces, and `null` stays. */
function merged(base: Json, part: Json): Json {
  const entries = Object.entries(part).map(([key, value]) => {
    const under = base[key];
    const merges = key !== 'userIdentity' && isObject(under) && isObject(value);
    return [key, merges ? merged(under, value) : value];
  });
  return { ...base, ...Object.fromEntries(entries) };
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

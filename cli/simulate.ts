/** `keyturn simulate`: the events of a detector's example, as if they had just happened, and in your names. */
import { type Example, examples } from '../local/examples.ts';
import { asObject } from '../shared/audit/events/logged.ts';

export interface Names {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly role?: string | undefined;
  readonly secret?: string | undefined;
}

/** What the examples are written with. */
const EXAMPLE_NAMES = {
  account: '111122223333',
  region: 'eu-central-1',
  role: 'orders',
  secret: 'orders/database',
};

export const simulated = (): readonly string[] => [...new Set(examples().map(({ detector }) => detector))];

/**
 * @returns the events of the detector's first example that fires, what happened before included, in CloudTrail's own
 * form, the last at `now`: a document that the audit function takes as it is.
 */
export function simulate(
  detector: string,
  names: Names,
  now: number,
): { readonly Records: readonly unknown[] } {
  const fitting = examples().filter((one) => one.detector === detector && one.fires);
  const example = fitting.find(needsNothing) ?? fitting[0];
  if (example === undefined) throw new Error(`${detector} has no example.`);
  const events = [...example.given, ...example.events] as Record<string, unknown>[];
  const shift = now - Math.max(...events.map(timeOf));
  return { Records: events.map((event) => renamed(shifted(event, shift), names, example)) };
}

/** Found wherever it is tried; and what the sweep saw is not made up, because the deployment would remember it. */
const needsNothing = ({ deployment, given }: Example): boolean =>
  Object.keys(deployment).length === 0 && !given.some((event) => asObject(event)?.['source'] === 'keyturn');

const timeOf = (event: Record<string, unknown>): number =>
  Date.parse(String(event['eventTime'] ?? event['time']));

function shifted(event: Record<string, unknown>, by: number): Record<string, unknown> {
  const field = event['eventTime'] === undefined ? 'time' : 'eventTime';
  const time = new Date(timeOf(event) + by).toISOString();
  return { ...event, [field]: `${time.slice(0, 19)}Z` };
}

/** A new id each time: else a second simulation would be taken for the first. */
function renamed(event: Record<string, unknown>, names: Names, { detector }: Example): unknown {
  const text = JSON.stringify(event)
    .replaceAll(EXAMPLE_NAMES.account, names.account ?? EXAMPLE_NAMES.account)
    .replaceAll(EXAMPLE_NAMES.region, names.region ?? EXAMPLE_NAMES.region)
    .replaceAll(EXAMPLE_NAMES.secret, names.secret ?? EXAMPLE_NAMES.secret)
    .replaceAll(`role/${EXAMPLE_NAMES.role}"`, `role/${names.role ?? EXAMPLE_NAMES.role}"`)
    .replaceAll(`assumed-role/${EXAMPLE_NAMES.role}/`, `assumed-role/${names.role ?? EXAMPLE_NAMES.role}/`);
  const id = event['eventID'] === undefined ? 'id' : 'eventID';
  return { ...(JSON.parse(text) as object), [id]: `simulated/${detector}/${crypto.randomUUID()}` };
}

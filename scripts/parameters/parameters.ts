/**
 * What one deployment is told: all that a file `keyturn.<stage>.yml` may say. docs/parameters.md and
 * docs/parameters.example.yml are made from this by `npm run docs`.
 */
import * as v from 'valibot';
import { alerts } from './groups/alerts.ts';
import { audit } from './groups/audit.ts';
import { network } from './groups/network.ts';
import { place } from './groups/place.ts';
import { rotation } from './groups/rotation.ts';
import type { Parameter } from './parameter.ts';

/** By the headings of the documentation. */
export const GROUPS = {
  'Where it goes': place,
  'What is rotated': rotation,
  'Where rotation runs': network,
  'What the audit is told': audit,
  'Who is told': alerts,
} as const satisfies Record<string, Record<string, Parameter>>;

const ALL = { ...place, ...rotation, ...network, ...audit, ...alerts };
type All = typeof ALL;

const entries = Object.fromEntries(Object.entries(ALL).map(([name, { schema }]) => [name, schema])) as {
  readonly [Name in keyof All]: All[Name]['schema'];
};

export const Parameters = v.strictObject(entries);
export type Parameters = v.InferOutput<typeof Parameters>;

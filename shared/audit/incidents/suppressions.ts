/** The deployment's list of suppressions, as it is configured. */
import * as v from 'valibot';
import { KeyturnError } from '../../core/errors.ts';
import { parse } from '../../core/parse.ts';
import type { Suppression } from './suppression.ts';

const DAY = 24 * 60 * 60 * 1000;
/** A suppression is a decision that somebody must take again. */
const LONGEST = 90 * DAY;

const said = (what: string) =>
  v.pipe(
    v.string(),
    v.check((text) => text !== '', what),
  );
const pattern = v.optional(said('must not be empty'));

const Entry = v.strictObject({
  detector: pattern,
  principal: pattern,
  secret: pattern,
  network: pattern,
  reason: said('must say why'),
  owner: said('must say who answers for it'),
  expires: v.pipe(
    v.string(),
    v.check((text) => v.is(v.pipe(v.string(), v.isoDate()), text), 'must be a date such as 2026-12-31'),
  ),
});

/** @throws KeyturnError CONFIG_INVALID, naming the first mistake. */
export function parseSuppressions(text: string, now: number): readonly Suppression[] {
  const read = parse(v.array(Entry), json(text));
  if (!read.ok) throw invalid(`${read.problems[0].field} ${read.problems[0].what}`);
  read.value.forEach((entry, at) => {
    const { detector, principal, secret, network, expires } = entry;
    if ([detector, principal, secret, network].every((one) => one === undefined))
      throw invalid(`[${at}] names no detector, principal, secret or network, so it would hide everything`);
    if (Date.parse(expires) > now + LONGEST) throw invalid(`[${at}].expires is more than 90 days from now`);
  });
  return read.value;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('is not JSON');
  }
}

const invalid = (what: string): KeyturnError =>
  new KeyturnError('CONFIG_INVALID', `KEYTURN_SUPPRESSIONS ${what}.`, { field: 'KEYTURN_SUPPRESSIONS' });

/** A difference between the rights of two users, as the script that would end it. */
import type { Rights } from '../engine.ts';
import type { Inquiry } from '../rotation.ts';

export interface RightsCompared {
  readonly wanted: Rights;
  readonly held: Rights;
}

export interface Difference {
  /** What the user lacks. */
  readonly missing: readonly string[];
  /** What it has too much. */
  readonly surplus: readonly string[];
}

export function differenceOf(
  inquiry: Inquiry,
  username: string,
  { wanted, held }: RightsCompared,
): Difference {
  const surplus = held.difference(wanted);
  const restrictions = [...surplus]
    .filter((statement) => statement.startsWith('REVOKE '))
    .map((statement) => `-- to be undone: ${statement}`);
  return {
    missing: scriptFor(inquiry, username, [...wanted.difference(held), ...restrictions]),
    surplus: scriptFor(inquiry, username, surplus),
  };
}

export const scriptFor = ({ engine }: Inquiry, username: string, rights: Iterable<string>): string[] =>
  [...rights].sort().map((sql) => sql.replaceAll('{user}', () => engine.quoteIdentifier(username)));

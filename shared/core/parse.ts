/** Parsing at the edge: valibot's findings as field names and our own words, never with the input quoted. */
import * as v from 'valibot';

export interface Problem {
  /** Path of the field, e.g. `rotation.users[1]`; empty for the whole. */
  readonly field: string;
  readonly what: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly [Problem, ...Problem[]] };

export function parse<T>(schema: v.GenericSchema<unknown, T>, input: unknown): Parsed<T> {
  const result = v.safeParse(schema, input);
  if (result.success) return { ok: true, value: result.output };
  const [first, ...rest] = result.issues;
  return { ok: false, problems: [problem(first), ...rest.map(problem)] };
}

// `expected` describes the schema; `message` would quote what was received unless we wrote it ourselves.
const problem = (issue: v.BaseIssue<unknown>): Problem => ({
  field: pathOf(issue),
  what: issue.expected === null ? issue.message : describe(issue),
});

function describe(issue: v.BaseIssue<unknown>): string {
  if (issue.received === 'undefined') return 'is missing';
  if (issue.expected === 'never') return 'is not a known key';
  return `must be ${issue.expected}`;
}

const pathOf = (issue: v.BaseIssue<unknown>): string =>
  (issue.path ?? [])
    .map((part) => (typeof part.key === 'number' ? `[${part.key}]` : `.${String(part.key)}`))
    .join('')
    .replace(/^\./, '');

/** How far a condition of a policy limits whom the statement lets in. What cannot be told limits nothing. */
import type { Logged } from '../events/event.ts';
import { asObject } from '../events/logged.ts';

export interface Limits {
  /** To the members of these organizations, `OWN` among them; undefined where it names none. */
  readonly organizations: readonly string[] | undefined;
  /** To a part of the network, or to a single principal or resource of AWS. */
  readonly network: boolean;
  /** To these accounts; undefined where it names none. */
  readonly accounts: readonly string[] | undefined;
}

/** @param condition a statement’s `Condition`. */
export function limitsOf(condition: Logged | undefined): Limits {
  const tests = Object.entries(condition ?? {}).flatMap(([operator, keys]) =>
    HOLDING.test(operator)
      ? Object.entries(asObject(keys) ?? {}).map(([key, values]) => ({
          key: key.toLowerCase(),
          values: [values].flat().map(String),
        }))
      : [],
  );
  const keeping = (kinds: ReadonlyMap<string, RegExp>) =>
    tests.find(({ key, values }) => {
      const form = kinds.get(key);
      return form !== undefined && values.length > 0 && values.every((value) => form.test(value));
    });
  const named = tests.map(accountsIn).filter((accounts) => accounts !== undefined);
  return {
    organizations: keeping(ORGANIZATIONS)?.values.map(organizationOf),
    network: keeping(NETWORKS) !== undefined,
    accounts: named.length === 0 ? undefined : named.flat(),
  };
}

/** A negation lets in nearly all, and a test of what may be absent lets in who has none of it. */
const HOLDING =
  /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike|IpAddress)$/;

/** In place of an id: whatever the secret itself is in. */
export const OWN = '';

const organizationOf = (value: string): string => (value.startsWith('$') ? OWN : (value.split('/')[0] ?? ''));

const ORGANIZATION = /^(o-[a-z0-9]+(\/.*)?|\$\{aws:resource(orgid|account)\})$/i;
const ORGANIZATIONS: ReadonlyMap<string, RegExp> = new Map(
  ['principalorgid', 'principalorgpaths', 'sourceorgid', 'sourceorgpaths', 'principalaccount'].map((key) => [
    `aws:${key}`,
    ORGANIZATION,
  ]),
);

const NETWORKS: ReadonlyMap<string, RegExp> = new Map([
  ['aws:sourcevpc', /^vpc-[0-9a-z-]+$/],
  ['aws:sourcevpce', /^vpce-[0-9a-z-]+$/],
  // Two halves of all addresses are all addresses too.
  [
    'aws:sourceip',
    /^([0-9.]+(\/([89]|[12]\d|3[0-2]))?|[0-9a-f:]*:[0-9a-f:]*(\/(1[6-9]|[2-9]\d|1[0-2]\d))?)$/i,
  ],
  ['aws:userid', /^[A-Z0-9]{12,}/],
  // A resource such as a bucket names no account.
  ['aws:sourcearn', /^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*::[^*]/],
]);

const ACCOUNT_KEYS: ReadonlySet<string> = new Set([
  'aws:principalaccount',
  'aws:sourceaccount',
  'kms:calleraccount',
]);
const ARN_KEYS: ReadonlySet<string> = new Set(['aws:principalarn', 'aws:sourcearn']);

/** Undefined where a value is of no account, or of any. */
function accountsIn({
  key,
  values,
}: {
  readonly key: string;
  readonly values: readonly string[];
}): string[] | undefined {
  if (!ACCOUNT_KEYS.has(key) && !ARN_KEYS.has(key)) return undefined;
  const accounts = values.map((value) => (ARN_KEYS.has(key) ? (value.split(':')[4] ?? '') : value));
  return accounts.length > 0 && accounts.every((account) => /^\d{12}$/.test(account)) ? accounts : undefined;
}

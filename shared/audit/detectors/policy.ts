/** What a policy document lets whom do, as far as a sentence needs it. */
import { type Deployment, isForeign } from '../deployment.ts';
import type { AuditEvent, Logged } from '../events/event.ts';
import { asObject, asText } from '../events/logged.ts';
import { type Limits, limitsOf, OWN } from './policy-condition.ts';

export interface Statement {
  /** Account numbers, ARNs, service names, or `*`. With `NotPrincipal`: `*`. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly limits: Limits;
}

/** @param text a JSON policy. @returns its Allow statements; none when it cannot be read. */
export function allowances(text: string | undefined): readonly Statement[] {
  const document = parsed(text);
  const statements = [document?.['Statement']].flat().map(asObject);
  return statements.filter((statement) => statement?.['Effect'] === 'Allow').map(statementOf);
}

/** A grant on a key, as the statement that it amounts to. */
export const grantTo = (principal: string): Statement => ({
  principals: [principal],
  actions: [],
  resources: [],
  limits: limitsOf(undefined),
});

function parsed(text: string | undefined): Logged | undefined {
  try {
    return asObject(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}

const statementOf = (statement: Logged | undefined): Statement => ({
  principals: statement?.['NotPrincipal'] === undefined ? principalsIn(statement?.['Principal']) : ['*'],
  actions: statement?.['NotAction'] === undefined ? texts(statement?.['Action']) : ['*'],
  resources: statement?.['NotResource'] === undefined ? texts(statement?.['Resource']) : ['*'],
  limits: limitsOf(asObject(statement?.['Condition'])),
});

/**
 * Whom of outside the account the statements let in, in words: `ANYBODY`, else an account or an organization that is not
 * trusted. A network keeps anybody out, but not the account that is named: it may be there.
 */
export function outsiderIn(
  statements: readonly Statement[],
  event: AuditEvent,
  deployment: Deployment,
): string | undefined {
  const outsiders = statements.flatMap((statement) => outsidersOf(statement, event, deployment));
  return outsiders.includes(ANYBODY) ? ANYBODY : outsiders[0];
}

export const ANYBODY = '*';

function outsidersOf({ principals, limits }: Statement, event: AuditEvent, deployment: Deployment): string[] {
  const { accounts, organizations } = limits;
  if (organizations !== undefined) return foreignOrganizations(organizations, deployment);
  const named = principals.map(accountOf).filter((account) => account !== undefined);
  const all = principals.includes(ANYBODY);
  const reached =
    accounts === undefined ? named : all ? accounts : named.filter((one) => accounts.includes(one));
  const strangers = reached
    .filter((account) => isForeign(deployment, event, account))
    .map((account) => `account ${account}`);
  return all && accounts === undefined && !limits.network ? [ANYBODY, ...strangers] : strangers;
}

const foreignOrganizations = (ids: readonly string[], { trustedOrganizations }: Deployment): string[] =>
  trustedOrganizations.length === 0
    ? []
    : ids.filter((id) => id !== OWN && !trustedOrganizations.includes(id)).map((id) => `organization ${id}`);

function principalsIn(principal: unknown): string[] {
  if (typeof principal === 'string') return [principal];
  return Object.values(asObject(principal) ?? {}).flatMap(texts);
}

const texts = (value: unknown): string[] => [value].flat().filter((entry) => typeof entry === 'string');

/** The account of an ARN or a number; undefined for services and `*`. */
export function accountOf(principal: string): string | undefined {
  if (/^\d{12}$/.test(principal)) return principal;
  const account = principal.startsWith('arn:') ? principal.split(':')[4] : undefined;
  return account === '' ? undefined : account;
}

/** The policy that a call sets, whatever the service calls the field. */
export const policyIn = (request: Logged | undefined): string | undefined =>
  asText(request?.['resourcePolicy']) ?? asText(request?.['policyDocument']) ?? asText(request?.['policy']);

/** What a policy document lets whom do, as far as a sentence needs it. */
import type { Logged } from '../events/event.ts';
import { asObject, asText } from '../events/logged.ts';

export interface Statement {
  /** Account numbers, ARNs, service names, or `*`. With `NotPrincipal`: `*`. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Whether a condition binds it to an organisation, an account, a network or a principal. */
  readonly isBound: boolean;
}

/** @param text a JSON policy. @returns its Allow statements; none when it cannot be read. */
export function allowances(text: string | undefined): readonly Statement[] {
  const document = parsed(text);
  const statements = [document?.['Statement']].flat().map(asObject);
  return statements.filter((statement) => statement?.['Effect'] === 'Allow').map(statementOf);
}

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
  resources: texts(statement?.['Resource']),
  isBound: BINDING.test(JSON.stringify(statement?.['Condition'] ?? '').toLowerCase()),
});

const BINDING =
  /aws:(principalorgid|principalorgpaths|principalaccount|principalarn|sourceaccount|sourcearn|sourceorgid|sourcevpc|sourcevpce|sourceip|userid)|kms:calleraccount|sts:externalid/;

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

/** IAM's policy simulation, which the emulator does without conditions: by a third party's iam-simulate. */
import { type Judgement, judge } from '../iam.ts';

/**
 * @param query the call's, of SimulatePrincipalPolicy or SimulateCustomPolicy
 * @param own policies of the principal
 * @returns the answer, in XML
 */
export async function simulation(
  query: URLSearchParams,
  principal: string,
  own: readonly object[],
): Promise<string> {
  const all = (name: string): string[] =>
    [...query]
      .filter(([key]) => key.startsWith(`${name}.member.`) && !key.includes('Context'))
      .map(([, value]) => value);
  const policies = [...own, ...all('PolicyInputList').map((policy) => JSON.parse(policy))];
  const [resource = ''] = all('ResourceArns');
  const results = await Promise.all(
    all('ActionNames').map(async (action) => {
      const decision = await decide({ action, resource, principal, policies, context: contextIn(query) });
      return `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${decision}</EvalDecision></member>`;
    }),
  );
  const call = query.get('Action');
  const inside = `<EvaluationResults>${results.join('')}</EvaluationResults>`;
  return `<${call}Response><${call}Result>${inside}</${call}Result></${call}Response>`;
}

function contextIn(query: URLSearchParams): Record<string, string> {
  const context: Record<string, string> = {};
  for (const [key, value] of query)
    if (key.endsWith('.ContextKeyName'))
      context[value] = query.get(key.replace('ContextKeyName', 'ContextKeyValues.member.1')) ?? '';
  return context;
}

interface Question {
  readonly action: string;
  readonly resource: string;
  readonly principal: string;
  readonly policies: readonly object[];
  readonly context: Readonly<Record<string, string>>;
}

async function decide({ action, resource, principal, policies, context }: Question): Promise<string> {
  const [, , , , account = ''] = principal.split(':');
  const { result } = await judge({
    ...{ principal, action, resource, owner: account, context, own: policies },
    // IAM's simulation leaves a key's own policy out.
    resourcePolicy: action.startsWith('kms:') ? ofTheAccount(account) : undefined,
  });
  return DECISIONS[result];
}

const DECISIONS = {
  Allowed: 'allowed',
  ExplicitlyDenied: 'explicitDeny',
  ImplicitlyDenied: 'implicitDeny',
} as const satisfies Record<Judgement['result'], string>;

/** The policy of a key that leaves it to the account's roles who may use it. */
const ofTheAccount = (account: string): object => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
  ],
});

/** IAM's policy simulation, which the emulator does without conditions: by a third party's iam-simulate. */
import { runSimulation } from '@cloud-copilot/iam-simulate';

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

/** iam-simulate refuses context keys that the action does not have, where IAM takes no notice of them. */
async function decide({ action, resource, principal, policies, context }: Question): Promise<string> {
  const [service = ''] = action.split(':');
  const mine = Object.entries(context).filter(
    ([key]) => key.startsWith(`${service}:`) && !key.includes('EncryptionContext'),
  );
  const { resultType, ...result } = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: principal.split(':')[4] ?? '' },
        contextVariables: Object.fromEntries(mine),
      },
      identityPolicies: policies.map((policy, n) => ({ name: String(n), policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // IAM's simulation leaves a key's own policy out.
      ...(service === 'kms' && {
        resourcePolicy: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: `arn:aws:iam::${principal.split(':')[4]}:root` },
              Action: 'kms:*',
              Resource: '*',
            },
          ],
        },
      }),
    },
    {},
  );
  if (resultType === 'error') throw new Error(JSON.stringify(result));
  const { overallResult } = result as { overallResult: string };
  return overallResult === 'Allowed'
    ? 'allowed'
    : overallResult === 'ExplicitlyDenied'
      ? 'explicitDeny'
      : 'implicitDeny';
}

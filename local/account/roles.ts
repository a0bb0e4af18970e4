/** Roles of the emulator, and what IAM's simulation says of them. */
import {
  GetRolePolicyCommand,
  IAMClient,
  type IAMClientConfig,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import type { Bridge } from './gateway.ts';
import { simulation } from './simulations.ts';

export interface Roles extends Bridge {
  close(): void;
}

export function rolesOf(settings: IAMClientConfig): Roles {
  const client = new IAMClient(settings);

  /** Those that are part of the role, as the template's are. */
  async function policiesOf(RoleName: string): Promise<object[]> {
    const { PolicyNames = [] } = await client.send(new ListRolePoliciesCommand({ RoleName }));
    return await Promise.all(
      PolicyNames.map(async (PolicyName) => {
        const { PolicyDocument = '' } = await client.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
        return JSON.parse(decodeURIComponent(PolicyDocument)) as object;
      }),
    );
  }

  async function simulated(query: URLSearchParams): Promise<string | undefined> {
    const principal = query.get('PolicySourceArn') ?? ANYBODY;
    switch (query.get('Action')) {
      case 'SimulatePrincipalPolicy':
        return simulation(query, principal, await policiesOf(principal.split('/').at(-1) ?? ''));
      case 'SimulateCustomPolicy':
        return simulation(query, principal, []);
      default:
        return undefined;
    }
  }

  return {
    takes: ({ authorization = '' }) => authorization.includes('/iam/aws4_request'),
    async answer(body) {
      const answer = await simulated(new URLSearchParams(body));
      return answer === undefined ? undefined : { type: 'text/xml', text: answer };
    },
    close: () => client.destroy(),
  };
}

const ANYBODY = 'arn:aws:iam::111122223333:role/anybody';

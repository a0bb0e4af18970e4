/** Accounts whose forwarders may send to the bus, and what the audit is told of them. */
import type { Parameters } from './parameters.ts';

export const membersOf = ({ memberAccounts, organization }: Parameters) => ({
  ...(memberAccounts.length > 0 && {
    BusForMembers: mayPutEvents('members', { AWS: memberAccounts }),
  }),
  ...(organization !== undefined && {
    BusForOrganization: mayPutEvents('organization', '*', {
      StringEquals: { 'aws:PrincipalOrgID': organization },
    }),
  }),
});

const mayPutEvents = (StatementId: string, Principal: object | '*', Condition?: object) => ({
  Type: 'AWS::Events::EventBusPolicy',
  Properties: {
    EventBusName: { 'Fn::GetAtt': ['Bus', 'Name'] },
    StatementId,
    Statement: {
      Effect: 'Allow',
      Principal,
      Action: 'events:PutEvents',
      Resource: { 'Fn::GetAtt': ['Bus', 'Arn'] },
      ...(Condition !== undefined && { Condition }),
    },
  },
});

const STACK = `\${AWS::StackName}`;

/** The same stack's rotation in member accounts, by its names: ARN patterns for Fn::Sub. */
export const memberRoles = (parameters: Parameters): string =>
  ofMembers(parameters, (account) => `iam::${account}:role/${STACK}-Rotate*`);
const memberFunctions = (parameters: Parameters): string =>
  ofMembers(parameters, (account) => `lambda:*:${account}:function:${STACK}-rotate*`);

/** All that may rotate secrets beside the functions of this stack. */
export const otherFunctions = (parameters: Parameters): string =>
  [memberFunctions(parameters), ...parameters.rotationFunctions].join(' ').trim();

const ofMembers = ({ memberAccounts }: Parameters, rest: (account: string) => string): string =>
  memberAccounts.map((account) => `arn:\${AWS::Partition}:${rest(account)}`).join(' ');

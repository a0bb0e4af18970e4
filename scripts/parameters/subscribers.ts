/** Who gets the alerts, as resources of the template: there may be any number, and of any kind. */
import type { Parameters } from './parameters.ts';

export const subscribersOf = (parameters: Parameters) => ({
  ...mailOf(parameters),
  ...slackOf(parameters),
  ...teamsOf(parameters),
  ...(parameters.slack !== undefined || parameters.teams !== undefined ? { ChatRole } : {}),
});

/** One subscription for each address, named after it: another address changes none of the rest. */
const mailOf = ({ alertEmails }: Parameters) =>
  Object.fromEntries(
    alertEmails.map((address) => [
      `Mail${Buffer.from(address.toLowerCase()).toString('hex')}`,
      {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: { Ref: 'AlertTopic' }, Protocol: 'email', Endpoint: address },
      },
    ]),
  );

const slackOf = ({ slack }: Parameters) =>
  slack === undefined
    ? {}
    : {
        SlackAlerts: {
          Type: 'AWS::Chatbot::SlackChannelConfiguration',
          Properties: {
            ...channel('slack'),
            SlackWorkspaceId: slack.workspace,
            SlackChannelId: slack.channel,
          },
        },
      };

const teamsOf = ({ teams }: Parameters) =>
  teams === undefined
    ? {}
    : {
        TeamsAlerts: {
          Type: 'AWS::Chatbot::MicrosoftTeamsChannelConfiguration',
          Properties: {
            ...channel('teams'),
            TeamsTenantId: teams.tenant,
            TeamId: teams.team,
            TeamsChannelId: teams.channel,
          },
        },
      };

/** Who reads a channel can do nothing in AWS by it: the role has no rights, and the guardrail gives none. */
const channel = (kind: string) => ({
  ConfigurationName: { 'Fn::Join': ['-', [{ Ref: 'AWS::StackName' }, kind]] },
  IamRoleArn: { 'Fn::GetAtt': ['ChatRole', 'Arn'] },
  GuardrailPolicies: [
    { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AWSDenyAll']] },
  ],
  SnsTopicArns: [{ Ref: 'ChatTopic' }],
});

const ChatRole = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'chatbot.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    },
    PermissionsBoundary: {
      'Fn::If': ['Boundary', { Ref: 'PermissionsBoundary' }, { Ref: 'AWS::NoValue' }],
    },
  },
};

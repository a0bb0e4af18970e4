/** The parameters in the forms that serverless.yml and the files of scripts/template use. */
import type { Parameters } from './parameters.ts';

/** Lists with commas: so CloudFormation's CommaDelimitedList has them, and the functions' settings may. */
const joined = (list: readonly string[]): string => list.join(',');

const sub = (text: string) => ({ 'Fn::Sub': text });

export type Values = ReturnType<typeof valuesOf>;

export function valuesOf(parameters: Parameters) {
  const secretArns = secretArnsOf(parameters);
  return {
    ...textsOf(parameters),
    region: parameters.region ?? 'us-east-1',
    tags: parameters.tags,
    logRetentionDays: parameters.logRetentionDays,
    secretArns,
    /** Also the superuser secrets: what the customer managed keys may be used for. */
    encryptedSecrets: [...secretArns, ...parameters.superuserSecrets],
    tagConditions: Object.fromEntries(
      Object.entries(parameters.secretTags).map(([tag, value]) => [`aws:ResourceTag/${tag}`, value]),
    ),
    rotationEnvironment: rotationEnvironment(parameters),
    mail: { Resources: mailOf(parameters) },
  };
}

/** For Parameters of the template; empty where nothing is said. */
function textsOf(parameters: Parameters) {
  const { secretTags, reservedConcurrency, createTrail, endpoints, slack, teams } = parameters;
  const yes = (holds: boolean): string => (holds ? 'yes' : '');
  return {
    permissionsBoundary: parameters.permissionsBoundary ?? '',
    superuserSecrets: joined(parameters.superuserSecrets),
    secretKeys: joined(parameters.secretKeys),
    secretTagged: yes(Object.keys(secretTags).length > 0),
    reservedConcurrency: `${reservedConcurrency ?? ''}`,
    subnets: joined(parameters.subnets),
    securityGroups: joined(parameters.securityGroups),
    vpc: parameters.vpc ?? '',
    createVpc: parameters.createVpc ?? '',
    secretsManagerEndpoint: yes(endpoints.includes('secretsmanager')),
    rdsEndpoint: yes(endpoints.includes('rds')),
    redshiftEndpoint: yes(endpoints.includes('redshift')),
    redshiftServerlessEndpoint: yes(endpoints.includes('redshift-serverless')),
    deployRoles: joined(parameters.deployRoles),
    breakGlassRoles: joined(parameters.breakGlassRoles),
    trustedAccounts: joined(parameters.trustedAccounts),
    honeytokens: joined(parameters.honeytokens),
    machineSecrets: joined(parameters.machineSecrets),
    networks: joined(parameters.networks),
    suppressions: parameters.suppressions,
    memberAccounts: joined(parameters.memberAccounts),
    organization: parameters.organization ?? '',
    createTrail: yes(createTrail),
    trailDays: `${parameters.trailDays}`,
    slackWorkspace: slack?.workspace ?? '',
    slackChannel: slack?.channel ?? '',
    teamsTenant: teams?.tenant ?? '',
    teamsTeam: teams?.team ?? '',
    teamsChannel: teams?.channel ?? '',
    alertKey: parameters.alertKey ?? '',
  };
}

const ANY_NAME = ['*'];

const secretArnsOf = ({ secretNames }: Parameters) =>
  (secretNames.length > 0 ? secretNames : ANY_NAME).map((name) =>
    sub(`arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${name}`),
  );

export const rotationEnvironment = (parameters: Parameters) => ({
  KEYTURN_SUPERUSER_SECRETS: joined(parameters.superuserSecrets),
  KEYTURN_SUPERUSER_TARGETS: joined(parameters.superuserTargets),
  ...parameters.rotationSettings,
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

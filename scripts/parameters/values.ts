/** The parameters in the forms that serverless.yml and the files of scripts/template use. */
import { endpointAddresses } from './endpoints.ts';
import { memberRoles, membersOf, otherFunctions } from './members.ts';
import type { Parameters } from './parameters.ts';
import { sharedKeyArn, sharingOf } from './sharing.ts';
import { subscribersOf } from './subscribers.ts';

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
    /** A pattern of what the rotation functions' archives hold; the other one leaves out what is left out already. */
    packedCa: parameters.tlsCaFile ?? '!**/*.pem',
    secretKeys: secretKeysOf(parameters),
    secretArns,
    /** Also the superuser secrets: what the customer managed keys may be used for. */
    encryptedSecrets: [...secretArns, ...parameters.superuserSecrets],
    tagConditions: Object.fromEntries(
      Object.entries(parameters.secretTags).map(([tag, value]) => [`aws:ResourceTag/${tag}`, value]),
    ),
    rotationEnvironment: { ...rotationEnvironment(parameters), ...endpointAddresses(parameters) },
    memberRoles: memberRoles(parameters),
    otherFunctions: otherFunctions(parameters),
    members: { Resources: membersOf(parameters) },
    sharing: sharingOf(parameters),
    subscribers: { Resources: subscribersOf(parameters) },
  };
}

/** For Parameters of the template; empty where nothing is said. */
function textsOf(parameters: Parameters) {
  const { secretTags, reservedConcurrency, createTrail, endpoints } = parameters;
  const yes = (holds: boolean): string => (holds ? 'yes' : '');
  return {
    permissionsBoundary: parameters.permissionsBoundary ?? '',
    superuserSecrets: joined(parameters.superuserSecrets),
    secretsHaveKeys: yes(secretKeysOf(parameters).length > 0),
    secretTagged: yes(Object.keys(secretTags).length > 0),
    reservedConcurrency: `${reservedConcurrency ?? ''}`,
    subnets: joined(parameters.subnets),
    securityGroups: joined(parameters.securityGroups),
    // Nothing is made in it, but what would be must look right.
    vpc: parameters.vpc ?? 'vpc-00000000',
    createVpc: parameters.createVpc ?? '',
    secretsManagerEndpoint: yes(endpoints.includes('secretsmanager')),
    rdsEndpoint: yes(endpoints.includes('rds')),
    redshiftEndpoint: yes(endpoints.includes('redshift')),
    redshiftServerlessEndpoint: yes(endpoints.includes('redshift-serverless')),
    deployRoles: joined(parameters.deployRoles),
    breakGlassRoles: joined(parameters.breakGlassRoles),
    trustedAccounts: joined(parameters.trustedAccounts),
    trustedOrganizations: joined(parameters.trustedOrganizations),
    honeytokens: joined(parameters.honeytokens),
    machineSecrets: joined(parameters.machineSecrets),
    networks: joined(parameters.networks),
    suppressions: parameters.suppressions,
    createTrail: yes(createTrail),
    trailDays: `${parameters.trailDays}`,
    alertKey: parameters.alertKey ?? '',
  };
}

/** ARNs, the one of the key that is made for shared secrets among them. */
const secretKeysOf = ({ secretKeys, sharedSecrets }: Parameters) =>
  sharedSecrets.length > 0 ? [...secretKeys, sharedKeyArn] : secretKeys;

const ANY_NAME = ['*'];

const secretArnsOf = ({ secretNames }: Parameters) =>
  (secretNames.length > 0 ? secretNames : ANY_NAME).map((name) =>
    sub(
      `arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${withSuffix(name)}`,
    ),
  );

/** Secrets Manager ends the ARN of a secret with a hyphen and six characters of its own. */
const withSuffix = (name: string): string => (name.endsWith('*') ? name : `${name}-??????`);

export const rotationEnvironment = (parameters: Parameters) => ({
  KEYTURN_SUPERUSER_SECRETS: joined(parameters.superuserSecrets),
  KEYTURN_SUPERUSER_TARGETS: joined(parameters.superuserTargets),
  ...(parameters.tlsCaFile !== undefined && { KEYTURN_TLS_CA_FILE: `/var/task/${parameters.tlsCaFile}` }),
  ...(parameters.replicaWait !== undefined && { KEYTURN_REPLICA_WAIT: parameters.replicaWait }),
  ...parameters.rotationSettings,
});

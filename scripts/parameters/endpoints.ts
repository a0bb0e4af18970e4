/** How the rotation functions are told of the VPC's endpoints, which scripts/template/network.yml makes. */
import type { Parameters } from './parameters.ts';

/** The variable that tells a client of its endpoint, and the condition of scripts/template/options.yml under which it is made. */
const ADDRESS_OF = {
  secretsmanager: ['SECRETS_MANAGER_ENDPOINT', 'SecretsManagerEndpoint'],
  // The SDK's own: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
  rds: ['AWS_ENDPOINT_URL_RDS', 'RdsEndpoint'],
  redshift: ['AWS_ENDPOINT_URL_REDSHIFT', 'RedshiftEndpoint'],
  'redshift-serverless': ['AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS', 'RedshiftServerlessEndpoint'],
} as const;

export const endpointAddresses = ({ endpoints }: Parameters) =>
  Object.fromEntries(
    endpoints.map((service) => {
      const [variable, condition] = ADDRESS_OF[service];
      return [variable, { 'Fn::If': [condition, addressOf(`${condition}OfVpc`), { Ref: 'AWS::NoValue' }] }];
    }),
  );

/**
 * The first of an endpoint's names is the one for the whole Region; the id of its zone stands before it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html
 */
const addressOf = (endpoint: string) => {
  const names = { 'Fn::GetAtt': [endpoint, 'DnsEntries'] };
  const name = { 'Fn::Select': [1, { 'Fn::Split': [':', { 'Fn::Select': [0, names] }] }] };
  return { 'Fn::Join': ['', ['https://', name]] };
};

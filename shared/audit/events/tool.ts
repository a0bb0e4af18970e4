import { kept } from '../../core/kept.ts';

/**
 * The family of tool that a user agent claims. The caller writes it, so it may add to a suspicion and never end one.
 */
const FAMILIES: readonly (readonly [family: string, parts: readonly string[]])[] = [
  [
    'offensive',
    ['stratus-red-team', 'pacu', 'trufflehog', 'kali', 'parrot', 'cloudfox', 'scoutsuite', 'enumerate-iam'],
  ],
  ['cloudshell', ['exec-env/CloudShell']],
  ['console', ['Mozilla/', 'AWS-Console', 'console.amazonaws.com', 'aws-internal']],
  ['terraform', ['Terraform', 'OpenTofu', 'HashiCorp']],
  ['pulumi', ['pulumi']],
  ['cli', ['aws-cli/']],
  ['lambda', ['exec-env/AWS_Lambda']],
  ['ecs', ['exec-env/AWS_ECS']],
  ['boto', ['Boto3/', 'Botocore/']],
  ['javascript', ['aws-sdk-js', 'aws-sdk-nodejs']],
  ['java', ['aws-sdk-java']],
  ['go', ['aws-sdk-go']],
  ['dotnet', ['aws-sdk-dotnet']],
];

/** The families are few, so that a new one means something; `other` is one of them. */
export const toolOf: (userAgent: string) => string = kept(1000, (userAgent) => {
  for (const [family, parts] of FAMILIES) if (parts.some((part) => userAgent.includes(part))) return family;
  return userAgent.endsWith('.amazonaws.com') ? 'service' : 'other';
});

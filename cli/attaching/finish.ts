/**
 * Whether the function's role may carry a rotation to its end: found out too late, AWSPENDING stays behind, and a
 * single user is locked out. IAM itself judges. It takes no resource policy for a role, so of the secret's policy and
 * the key's the statements for this role are handed over as policies of the role's own.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
 */
import {
  type ContextEntry,
  type IAMClient,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import type { Tag } from '@aws-sdk/client-secrets-manager';
import { asked } from './mistake.ts';
import { type Policy, statementsFor } from './policies.ts';

export interface Subject {
  readonly roleArn: string;
  readonly functionArn: string;
  readonly secretArn: string;
  /** The secret's own policy, if it has one. */
  readonly secretPolicy: Policy | undefined;
  /** Of the secret; the deployment may ask for some. */
  readonly tags: readonly Tag[];
  /** Of a customer managed key. */
  readonly key: { readonly arn: string; readonly policy: Policy } | undefined;
}

const ON_SECRET = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map(
  (name) => `secretsmanager:${name}`,
);
const ON_KEY = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** @returns what is missing, each as a sentence with its fix; nothing when the role may finish. */
export async function whatIsMissing(iam: IAMClient, subject: Subject): Promise<string[]> {
  const { secretArn, secretPolicy, key, roleArn } = subject;
  const denies = statementsFor(secretPolicy, roleArn, 'Deny');
  const onSecret = await denied(iam, subject, { actions: ON_SECRET, resource: secretArn, denies });
  const missing =
    onSecret.length === 0
      ? []
      : [
          `A rotation would stop half-way: once the secret is attached, ${roleArn} may not ${onSecret.join(', ')}: see secretNames and secretTags of the deployment, and the secret's own policy.`,
        ];
  return key === undefined ? missing : [...missing, ...(await missingOnKey(iam, subject, key))];
}

/** A key's policy has to let somebody in: the role itself, or the account, whose policies then decide. */
async function missingOnKey(
  iam: IAMClient,
  subject: Subject,
  { arn, policy }: { readonly arn: string; readonly policy: Policy },
): Promise<string[]> {
  const lets = statementsFor(policy, subject.roleArn, 'Allow');
  const openTo = await allowed(iam, subject, { actions: ON_KEY, resource: arn, policies: lets });
  const closed = ON_KEY.filter((action) => !openTo.includes(action));
  const denies = statementsFor(policy, subject.roleArn, 'Deny');
  const refused = await denied(iam, subject, { actions: openTo, resource: arn, denies });
  const sentences = [
    closed.length > 0 &&
      `The policy of the key ${arn} lets neither the account nor the role ${closed.join(', ')}: let it.`,
    refused.length > 0 &&
      `${subject.roleArn} may not ${refused.join(', ')} with ${arn}: list it in secretKeys of the deployment.`,
  ];
  return sentences.filter((sentence) => sentence !== false);
}

interface Question {
  readonly actions: readonly string[];
  readonly resource: string;
  readonly denies: readonly Policy[];
}

/** By the role's policies, its boundary and the organization's, and by `denies`. */
async function denied(
  iam: IAMClient,
  subject: Subject,
  { actions, resource, denies }: Question,
): Promise<string[]> {
  if (actions.length === 0) return [];
  const simulate = new SimulatePrincipalPolicyCommand({
    PolicySourceArn: subject.roleArn,
    ActionNames: [...actions],
    ResourceArns: [resource],
    PolicyInputList: denies.map((policy) => JSON.stringify(policy)),
    ContextEntries: contextOf(subject),
  });
  const { EvaluationResults = [] } = await asked('iam:SimulatePrincipalPolicy', iam.send(simulate));
  return EvaluationResults.flatMap(({ EvalDecision, EvalActionName = '' }) =>
    EvalDecision === 'allowed' ? [] : [EvalActionName],
  );
}

async function allowed(
  iam: IAMClient,
  subject: Subject,
  { actions, resource, policies }: Omit<Question, 'denies'> & { readonly policies: readonly Policy[] },
): Promise<string[]> {
  if (policies.length === 0) return [];
  const input: SimulateCustomPolicyCommandInput = {
    ActionNames: [...actions],
    ResourceArns: [resource],
    PolicyInputList: policies.map((policy) => JSON.stringify(policy)),
    ContextEntries: contextOf(subject),
  };
  const simulate = iam.send(new SimulateCustomPolicyCommand(input));
  const { EvaluationResults = [] } = await asked('iam:SimulateCustomPolicy', simulate);
  return EvaluationResults.flatMap(({ EvalDecision, EvalActionName = '' }) =>
    EvalDecision === 'allowed' ? [EvalActionName] : [],
  );
}

/** As it will be when Secrets Manager invokes the attached function. */
function contextOf({ functionArn, secretArn, roleArn, tags }: Subject): ContextEntry[] {
  const [, partition = '', , region = '', account = ''] = secretArn.split(':');
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const values: Readonly<Record<string, string>> = {
    'secretsmanager:resource/AllowRotationLambdaArn': functionArn,
    'kms:ViaService': `secretsmanager.${region}.${suffix}`,
    'kms:CallerAccount': roleArn.split(':')[4] ?? '',
    'kms:EncryptionContext:SecretARN': secretArn,
    'aws:PrincipalArn': roleArn,
    'aws:ResourceAccount': account,
    ...Object.fromEntries(tags.map(({ Key, Value = '' }) => [`aws:ResourceTag/${Key}`, Value])),
  };
  return Object.entries(values).map(([ContextKeyName, value]) => ({
    ContextKeyName,
    ContextKeyType: 'string',
    ContextKeyValues: [value],
  }));
}

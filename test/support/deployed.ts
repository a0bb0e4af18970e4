/** A template with its references carried out, as if it had been deployed: for judging policies. */
import { type Json, settled, type Template } from './cloudformation.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'keyturn-dev',
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/keyturn-dev/11111111-2222-3333-4444-555555555555`,
};

/** Service and the part after the account, of the ARN that CloudFormation would give. */
const ARNS: Readonly<Record<string, (id: string, properties: Record<string, string>) => string>> = {
  'AWS::DynamoDB::Table': (id) => `dynamodb:${REGION}:${ACCOUNT}:table/${id}`,
  'AWS::Events::EventBus': (id) => `events:${REGION}:${ACCOUNT}:event-bus/${id}`,
  'AWS::Events::Rule': (id, { Name = id }) => `events:${REGION}:${ACCOUNT}:rule/${Name}`,
  'AWS::IAM::Role': (id) => `iam::${ACCOUNT}:role/${id}`,
  'AWS::KMS::Key': () => `kms:${REGION}:${ACCOUNT}:key/99999999-2222-3333-4444-555555555555`,
  'AWS::Lambda::Alias': (_, { FunctionName = '', Name = '' }) =>
    `${FunctionName.replace('arn:aws:', '')}:${Name}`,
  'AWS::Lambda::Function': (_, { FunctionName = '' }) =>
    `lambda:${REGION}:${ACCOUNT}:function:${FunctionName}`,
  'AWS::Logs::LogGroup': (_, { LogGroupName = '' }) =>
    `logs:${REGION}:${ACCOUNT}:log-group:${LogGroupName}:*`,
  'AWS::SecretsManager::Secret': (_, { Name = '' }) =>
    `secretsmanager:${REGION}:${ACCOUNT}:secret:${Name}-AbCdEf`,
  'AWS::S3::Bucket': (id) => `s3:::${id.toLowerCase()}`,
  'AWS::SNS::Topic': (id) => `sns:${REGION}:${ACCOUNT}:${id}`,
  'AWS::SQS::Queue': (id) => `sqs:${REGION}:${ACCOUNT}:${id}`,
};

export interface Deployed {
  readonly template: Template;
  arnOf(logicalId: string): string;
  /** The policies of a role. */
  policiesOf(role: string): { readonly name: string; readonly policy: Json }[];
  /** The properties of a resource. */
  properties(logicalId: string): Json;
}

/** @throws Error for a reference that this does not know */
export function deployed(template: Template): Deployed {
  const properties = (id: string): Json =>
    carriedOut(settled(template, template.Resources[id]?.Properties ?? {}));
  const arnOf = (id: string): string => {
    const type = template.Resources[id]?.Type ?? '';
    const make = ARNS[type];
    if (make === undefined) throw new Error(`No ARN is known of ${id} (${type}).`);
    return `arn:aws:${make(id, properties(id) as Record<string, string>)}`;
  };
  const named = (name: string): string => {
    const known = PSEUDO[name];
    if (known !== undefined) return known;
    return arnOf(name.replace(/\.Arn$/, ''));
  };

  function carriedOut(value: Json): Json {
    if (Array.isArray(value)) return value.map(carriedOut);
    if (value === null || typeof value !== 'object') return value;
    const {
      Ref: ref,
      'Fn::Sub': sub,
      'Fn::GetAtt': att,
      'Fn::Join': join,
    } = value as { readonly [key: string]: Json };
    if (typeof ref === 'string') return named(ref);
    if (typeof sub === 'string') return sub.replace(/\$\{([^}]+)\}/g, (_, name: string) => named(name));
    if (Array.isArray(att))
      return att[1] === 'Name'
        ? ((properties(`${att[0]}`) as Record<string, Json>)['Name'] ?? '')
        : named(`${att[0]}.${att[1]}`);
    if (Array.isArray(join)) return (carriedOut(join[1]) as readonly string[]).join(`${join[0]}`);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, carriedOut(item)]));
  }

  return {
    template,
    arnOf,
    properties,
    policiesOf(role) {
      const { Policies } = properties(role) as { Policies: { PolicyName: string; PolicyDocument: Json }[] };
      return Policies.map(({ PolicyName, PolicyDocument }) => ({ name: PolicyName, policy: PolicyDocument }));
    },
  };
}

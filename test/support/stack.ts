/** What a stack is, as CloudFormation tells it. */
import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';

export interface Stack {
  readonly outputs: Readonly<Record<string, string>>;
  /** Physical ids by logical id. */
  readonly resources: Readonly<Record<string, string>>;
}

/** @throws Error when there is no such stack */
export async function stackNamed(StackName: string, settings: CloudFormationClientConfig): Promise<Stack> {
  const client = new CloudFormationClient(settings);
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const outputs = (stack?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]);
    const resources: [string, string][] = [];
    for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName }))
      for (const { LogicalResourceId = '', PhysicalResourceId = '' } of StackResourceSummaries)
        resources.push([LogicalResourceId, PhysicalResourceId]);
    return { outputs: Object.fromEntries(outputs), resources: Object.fromEntries(resources) };
  } finally {
    client.destroy();
  }
}

/** Physical ids of what an update must not replace. @throws Error when one is not there */
export const keptOf = ({ resources }: Stack): string[] =>
  ['AuditTable', 'AlertTopic', 'TopicKey', 'AuditDeadLetters', 'RotatePostgresLambdaFunction'].map((name) => {
    const id = resources[name];
    if (id === undefined || id === '') throw new Error(`The stack has no ${name}.`);
    return `${name} ${id}`;
  });

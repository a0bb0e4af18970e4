/** What a stack leaves behind when it is removed. */
import {
  CloudFormationClient,
  GetTemplateCommand,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { asked } from '../attaching/mistake.ts';

export interface Kept {
  /** Such as `AWS::DynamoDB::Table`. */
  readonly type: string;
  readonly id: string;
}

/** @returns those with `DeletionPolicy: Retain`. @throws Mistake, also when there is no such stack */
export async function keptResources(StackName: string, region: string): Promise<Kept[]> {
  const client = new CloudFormationClient({ region });
  const template = client.send(new GetTemplateCommand({ StackName }));
  const { TemplateBody = '{}' } = await asked('cloudformation:GetTemplate', template);
  const { Resources = {} } = JSON.parse(TemplateBody) as {
    Resources?: Record<string, { readonly DeletionPolicy?: string }>;
  };
  const resources = await asked('cloudformation:ListStackResources', all(client, StackName));
  return resources
    .filter(({ LogicalResourceId = '' }) => Resources[LogicalResourceId]?.DeletionPolicy === 'Retain')
    .map(({ ResourceType: type = '', PhysicalResourceId: id = '' }) => ({ type, id }))
    .filter(({ id }) => id !== '');
}

async function all(client: CloudFormationClient, StackName: string): Promise<StackResourceSummary[]> {
  const resources: StackResourceSummary[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName }))
    resources.push(...StackResourceSummaries);
  return resources;
}

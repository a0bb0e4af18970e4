/** What a stack leaves behind when it is removed. */
import {
  CloudFormationClient,
  GetTemplateCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';

export interface Kept {
  /** Such as `AWS::DynamoDB::Table`. */
  readonly type: string;
  readonly id: string;
}

/** @returns those with `DeletionPolicy: Retain` */
export async function keptResources(StackName: string, region: string): Promise<Kept[]> {
  const client = new CloudFormationClient({ region });
  const { TemplateBody = '{}' } = await client.send(new GetTemplateCommand({ StackName }));
  const { Resources = {} } = JSON.parse(TemplateBody) as {
    Resources?: Record<string, { readonly DeletionPolicy?: string }>;
  };
  const kept: Kept[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName }))
    for (const {
      LogicalResourceId = '',
      PhysicalResourceId: id,
      ResourceType: type,
    } of StackResourceSummaries)
      if (Resources[LogicalResourceId]?.DeletionPolicy === 'Retain' && type !== undefined && id)
        kept.push({ type, id });
  return kept;
}

/** The deployed stack, as its outputs tell it. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { asked, isNamed, Mistake } from './mistake.ts';

export const ENGINES = ['postgres', 'mysql', 'redshift'] as const;
export type Engine = (typeof ENGINES)[number];

export interface RotationFunction {
  readonly engine: Engine;
  readonly arn: string;
  readonly name: string;
}

const OUTPUTS: { readonly [engine in Engine]: string } = {
  postgres: 'RotatePostgresArn',
  mysql: 'RotateMysqlArn',
  redshift: 'RotateRedshiftArn',
};

/** @param region undefined: the SDK's own @throws Mistake when there is no such stack, or it puts out no functions */
export async function rotationFunctions(
  stage: string,
  region: string | undefined,
): Promise<RotationFunction[]> {
  const client = new CloudFormationClient(region === undefined ? {} : { region });
  const stack = `keyturn-${stage}`;
  const where = await asked('cloudformation:DescribeStacks', client.config.region());
  const describe = client.send(new DescribeStacksCommand({ StackName: stack }));
  const { Stacks = [] } = await asked('cloudformation:DescribeStacks', describe.catch(absent(stack, where)));
  const outputs = new Map(Stacks[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const found = ENGINES.flatMap((engine) => {
    const arn = outputs.get(OUTPUTS[engine]);
    return arn === undefined ? [] : [{ engine, arn, name: arn.split(':')[6] ?? '' }];
  });
  if (found.length > 0) return found;
  throw new Mistake(
    `the stack ${stack} in ${where} puts out no rotation function (${Object.values(OUTPUTS).join(', ')}): deploy it again`,
  );
}

/** CloudFormation has no error of its own for this. */
const absent = (stack: string, where: string) => (error: unknown) => {
  if (isNamed(error, 'ValidationError'))
    throw new Mistake(
      `there is no stack ${stack} in ${where}: name another --stage or --region, or deploy it (npm run deploy)`,
    );
  throw error;
};

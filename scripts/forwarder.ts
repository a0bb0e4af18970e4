/** `npm run forwarder -- --stage prod`: the stack that other Regions and accounts get, as one plain template. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';

const ROOT = resolve(import.meta.dirname, '..');

interface Rule {
  readonly Type: string;
  readonly Properties: { readonly Name: { readonly 'Fn::Sub': string } };
}
interface Part {
  readonly Resources: Readonly<Record<string, unknown>>;
}

/** @param name what the names of its rules begin with; so the audit knows them for its own */
export async function forwarder(name: string): Promise<object> {
  const rules = (await part('rules')) as { Resources: Readonly<Record<string, Rule>> };
  const { Resources, ...rest } = await part('forwarder');
  const forwarding = Object.entries(rules.Resources).map(([id, rule]) => [id, forwarded(rule, name)]);
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Sends events about secrets to the audit of Keyturn',
    ...rest,
    Resources: { ...Object.fromEntries(forwarding), ...Resources },
  };
}

const part = async (name: string): Promise<Part> =>
  parse(await readFile(join(ROOT, `scripts/template/${name}.yml`), 'utf8'));

/** A stack set names its stacks itself, and too long for a rule. */
const forwarded = (rule: Rule, name: string): object => ({
  ...rule,
  Properties: {
    ...rule.Properties,
    Name: rule.Properties.Name['Fn::Sub'].replace(`\${AWS::StackName}`, name),
    Targets: [
      {
        Id: 'bus',
        Arn: { Ref: 'Bus' },
        RoleArn: { 'Fn::GetAtt': ['ForwardRole', 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
        RetryPolicy: { MaximumEventAgeInSeconds: 86400, MaximumRetryAttempts: 185 },
      },
    ],
  },
});

const usage = (
  name: string,
): string => `dist/forwarder.json is written. In each other Region, us-east-1 first, and in each other account:

  aws cloudformation deploy --region us-east-1 --stack-name ${name} --template-file dist/forwarder.json --capabilities CAPABILITY_IAM --parameter-overrides Bus=<the output BusArn>
`;

if (import.meta.main) {
  const { values } = parseArgs({ options: { stage: { type: 'string', default: 'dev' } } });
  const name = `keyturn-${values.stage}-forwarder`;
  await mkdir(join(ROOT, 'dist'), { recursive: true });
  await writeFile(join(ROOT, 'dist/forwarder.json'), `${JSON.stringify(await forwarder(name), null, 2)}\n`);
  process.stdout.write(usage(name));
}

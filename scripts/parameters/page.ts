/** docs/parameters.md and docs/parameters.example.yml, made from the parameters themselves. */
import { GROUPS } from './parameters.ts';

interface Documented {
  readonly what: string;
  readonly absent: string;
  readonly example: string;
}

const groups = (): [string, [string, Documented][]][] =>
  Object.entries(GROUPS).map(([title, group]) => [title, Object.entries(group)]);

export const parametersPage = (): string => `# Parameters

Generated from \`scripts/parameters\` by \`npm run docs\`.

What one deployment decides is in one file for each stage, \`keyturn.<stage>.yml\`, beside \`serverless.yml\`. Begin with
a copy of [the example](parameters.example.yml), in which every line is commented out:

    cp docs/parameters.example.yml keyturn.prod.yml
    npm run deploy -- --stage prod --check

The second says what the file has wrong, all at once, and sends nothing. Without \`--check\` it goes on to deploy (needs
AWS). Git ignores the files, because this repository is not yours alone; they hold no secrets, so keep them where your
own infrastructure is kept, and name one that lies elsewhere with \`--file PATH\`. Other commands of serverless find it
by \`--param="parameters=PATH"\`.

Every parameter may be left out. Account numbers need quotes, or YAML reads numbers.
${groups().map(groupSection).join('')}
## A key of yours

\`alertKey\` encrypts the topics and the queues, so its policy must let the services that write to them use it:

\`\`\`json
{
  "Sid": "Keyturn",
  "Effect": "Allow",
  "Principal": { "Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"] },
  "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
  "Resource": "*",
  "Condition": { "StringEquals": { "aws:SourceAccount": "111122223333" } }
}
\`\`\`

and leave the functions' roles to IAM, as the usual statement for the account's root does. A key that was made before
stays when you change to your own, so that what it encrypted can still be read.

## Endpoints

A private subnet needs a way to Secrets Manager, and to RDS, Redshift or Redshift Serverless where their APIs are asked
(superuser secrets that these services manage, Blue/Green deployments, replicas). Endpoints for KMS, STS and CloudWatch
Logs are not needed: Secrets Manager itself uses the key, and Lambda brings the credentials and takes the logs.

The endpoints made here have private DNS off, and the functions are told their addresses. With it on, everybody in the
VPC would be sent to an endpoint that lets in nobody but the rotation functions.
`;

const groupSection = ([title, group]: [string, [string, Documented][]]): string => `
## ${title}

| Parameter | Meaning | When absent |
|---|---|---|
${group.map(([name, { what, absent }]) => `| \`${name}\` | ${what} | ${absent} |`).join('\n')}
`;

export const parametersExample =
  (): string => `# Parameters of one deployment. Copy this to keyturn.<stage>.yml beside serverless.yml, and uncomment what you need.
# What each means: docs/parameters.md. This file is generated from scripts/parameters by npm run docs.
${groups().map(groupExample).join('')}`;

const groupExample = ([title, group]: [string, [string, Documented][]]): string => `
# ${title}
${group.map(([name, { example }]) => `# ${name}: ${example}`).join('\n')}
`;

/**
 * What one deployment is told: all that a file `keyturn.<stage>.yml` may say. docs/parameters.md and
 * docs/parameters.example.yml are made from this by `npm run docs`.
 */
import * as v from 'valibot';
import * as form from './forms.ts';
import { rotationSettings } from './settings.ts';
import { suppressions } from './suppressions.ts';

interface Parameter<Schema extends v.GenericSchema = v.GenericSchema> {
  /** What it decides; sentences for the documentation. */
  readonly what: string;
  /** What holds without it. */
  readonly absent: string;
  /** Its value in YAML, as one would write it after the name. */
  readonly example: string;
  readonly schema: Schema;
}

const parameter = <Schema extends v.GenericSchema>(
  schema: Schema,
  example: string,
  what: string,
  absent: string,
): Parameter<Schema> => ({ what, absent, example, schema });

/** The days that CloudWatch can keep logs for. */
const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] as const;
const ENDPOINTS = ['secretsmanager', 'rds', 'redshift', 'redshift-serverless'] as const;
/** Lambda asks for whole numbers; fewer than ten can stop Secrets Manager between two steps. */
const LEAST_CONCURRENCY = 10;

const place = {
  region: parameter(
    v.optional(form.region),
    'eu-central-1',
    'The Region. `--region` has the last word.',
    '`npm run deploy` wants one of them',
  ),
  tags: parameter(form.tags, '{ team: platform }', 'Tags for everything that can have some.', 'none'),
  permissionsBoundary: parameter(
    form.boundary,
    'arn:aws:iam::111122223333:policy/boundary',
    'ARN of a policy that limits every role of the stack.',
    'none',
  ),
};

const rotation = {
  secretNames: parameter(
    form.secretNames,
    "['app/*']",
    'Names of the secrets that may be rotated; `*` stands for any text. Whatever the name, only secrets whose rotation function this is can be.',
    'any name',
  ),
  secretTags: parameter(
    form.tags,
    "{ 'keyturn:rotate': 'true' }",
    'Tags that a secret must have to be rotated, all of them; `*` in a value stands for any text.',
    'none needed',
  ),
  superuserSecrets: parameter(
    form.secretArns,
    "['arn:aws:secretsmanager:eu-central-1:111122223333:secret:dba-AbCdEf']",
    'ARNs of the superuser secrets that rotation may read; `*` stands for any text.',
    'none, so only users who change their own passwords are rotated',
  ),
  superuserTargets: parameter(
    form.targets,
    "['app@orders.example.org']",
    'Users of databases that a superuser may act on without further proof.',
    'only users that are [bound to the secret](strategies.md)',
  ),
  secretKeys: parameter(
    form.keys,
    "['arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555']",
    'ARNs of the customer managed keys of the secrets, superuser secrets among them.',
    'the key aws/secretsmanager only',
  ),
  sharedSecrets: parameter(
    form.sharedSecrets,
    "[{ secret: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/orders-AbCdEf', readers: ['arn:aws:iam::444455556666:role/orders'] }]",
    '[Secrets that roles of other accounts may read](cross-account.md#a-secret-shared-with-another-account), and which roles. A key for these secrets is made.',
    'none',
  ),
  tlsCaFile: parameter(
    form.pemFile,
    'ca.pem',
    'File beside `serverless.yml` with your own certificate authorities, for databases whose certificates they issue. It is packed with the rotation functions.',
    'the RDS bundle and the public ones only',
  ),
  reservedConcurrency: parameter(
    v.optional(
      v.pipe(
        v.number(),
        v.check(
          (count) => Number.isInteger(count) && count >= LEAST_CONCURRENCY,
          `must be a whole number of at least ${LEAST_CONCURRENCY}, because fewer can stop rotations half-way; leave it out for none`,
        ),
      ),
    ),
    '10',
    'Concurrency reserved for each rotation function, at least 10.',
    'none reserved',
  ),
  rotationSettings: parameter(
    rotationSettings,
    "{ KEYTURN_STATEMENT_SECONDS: 30, EXCLUDE_CHARACTERS: '\"@/' }",
    'Further [settings](configuration.md) of the rotation functions, by their names.',
    'none',
  ),
};

const network = {
  subnets: parameter(
    form.subnets,
    '[subnet-0123456789abcdef0, subnet-0123456789abcdef1]',
    'Subnets that the rotation functions run in.',
    'outside a VPC: only databases with public addresses are reached',
  ),
  securityGroups: parameter(
    form.groups,
    '[sg-0123456789abcdef0]',
    'Security groups of the rotation functions in those subnets.',
    'one is made in `vpc`: the output `RotationGroupId`, which the groups of the databases have to let in',
  ),
  vpc: parameter(
    form.vpc,
    'vpc-0123456789abcdef0',
    'The VPC of those subnets, where a security group or endpoints are to be made.',
    'nothing is made',
  ),
  createVpc: parameter(
    form.newVpc,
    '10.20.0.0/24',
    'Instead of the three above: addresses of a new VPC with two private subnets and no way to the internet. Connecting it with the databases is left to you.',
    'nothing is made',
  ),
  endpoints: parameter(
    v.optional(v.pipe(v.array(v.picklist(ENDPOINTS)), v.readonly()), []),
    '[secretsmanager, rds]',
    `Services (${ENDPOINTS.join(', ')}) to make an interface endpoint for, in the VPC. Only the rotation functions use it; nothing changes for others there.`,
    'none; private subnets then need a way to the internet, or endpoints of their own',
  ),
};

const audit = {
  deployRoles: parameter(
    form.roles,
    "['arn:aws:iam::111122223333:role/deploy']",
    'Roles that infrastructure-as-code runs as. Without yours, each deployment raises an alert.',
    'none',
  ),
  breakGlassRoles: parameter(
    form.roles,
    "['arn:aws:iam::111122223333:role/break-glass']",
    'Roles kept for emergencies.',
    'none',
  ),
  trustedAccounts: parameter(
    form.accounts,
    "['444455556666']",
    'Other accounts that may use your secrets.',
    'none',
  ),
  honeytokens: parameter(
    form.patterns,
    "['prod/backup-admin']",
    'Names of secrets that nobody has a reason to touch.',
    'those with the tag `keyturn:honeytoken`',
  ),
  machineSecrets: parameter(
    form.patterns,
    "['app/*']",
    'Names of secrets that only software reads.',
    'those with the tag `keyturn:tier`',
  ),
  networks: parameter(
    form.networks,
    "['203.0.113.0/24']",
    'Networks that calls usually come from.',
    'learnt',
  ),
  suppressions: parameter(
    suppressions,
    "[{ detector: burst-read, principal: 'arn:aws:iam::111122223333:role/migration', reason: the move, owner: platform, expires: '2026-12-31' }]",
    '[Findings that are not to be told](alerts.md#hide-a-finding), for a while.',
    'none',
  ),
  memberAccounts: parameter(
    form.accounts,
    "['444455556666']",
    '[Accounts whose events are judged here too](cross-account.md#events-of-other-accounts-and-regions).',
    'none',
  ),
  organization: parameter(
    form.organization,
    'o-a1b2c3d4e5',
    'The same for every account of an organization.',
    'none',
  ),
  createTrail: parameter(
    v.optional(v.boolean(), false),
    'true',
    'Whether to make a trail of management events, and its bucket, for an account that has none.',
    'no; a trail must exist',
  ),
  trailDays: parameter(
    v.optional(
      v.pipe(
        v.number(),
        v.check((days) => Number.isInteger(days) && days > 0, 'must be a whole number of days'),
      ),
      400,
    ),
    '400',
    'Days that files of that trail are kept.',
    '400',
  ),
};

const alerts = {
  alertEmails: parameter(
    form.emails,
    '[security@example.org]',
    'Addresses that alerts are mailed to. Each has to confirm.',
    'none; anybody may subscribe to the output `AlertTopicArn`',
  ),
  slack: parameter(
    form.slack,
    '{ workspace: T0123ABCD, channel: C0123ABCD }',
    'A channel that gets the alerts. The workspace must have been allowed once, in the console of Amazon Q Developer in chat applications.',
    'none',
  ),
  teams: parameter(
    form.teams,
    "{ tenant: 11111111-2222-3333-4444-555555555555, team: 66666666-7777-8888-9999-000000000000, channel: '19%3aabc%40thread.tacv2' }",
    'The same for Microsoft Teams.',
    'none',
  ),
  alertKey: parameter(
    form.key,
    'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555',
    'ARN of [a key of yours](#a-key-of-yours) for alerts and waiting events.',
    'one is made, and rotated each year',
  ),
  logRetentionDays: parameter(
    v.optional(v.picklist(LOG_DAYS), 90),
    '90',
    `Days that the functions' logs are kept: ${LOG_DAYS.join(', ')}.`,
    '90',
  ),
};

/** By the headings of the documentation. */
export const GROUPS = {
  'Where it goes': place,
  'What is rotated': rotation,
  'Where rotation runs': network,
  'What the audit is told': audit,
  'Who is told': alerts,
} as const satisfies Record<string, Record<string, Parameter>>;

const ALL = { ...place, ...rotation, ...network, ...audit, ...alerts };
type All = typeof ALL;

const entries = Object.fromEntries(Object.entries(ALL).map(([name, { schema }]) => [name, schema])) as {
  readonly [Name in keyof All]: All[Name]['schema'];
};

export const Parameters = v.strictObject(entries);
export type Parameters = v.InferOutput<typeof Parameters>;

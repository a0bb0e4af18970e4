/** The forms that values in a parameter file may have. Each message completes "NAME …", and says what would be right. */
import * as v from 'valibot';

const text = (matches: RegExp, message: string) =>
  v.pipe(
    v.string(),
    v.check((value) => matches.test(value), message),
  );

const listOf = <Item extends v.GenericSchema<unknown, string>>(item: Item) =>
  v.optional(v.pipe(v.array(item), v.readonly()), []);

export const region = text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a Region, such as eu-central-1');

/** Lists become environment variables, in which spaces and commas separate. */
export const patterns = listOf(text(/^[^\s,]+$/, 'must not be empty, nor hold spaces or commas'));

export const secretNames = listOf(
  text(/^[\w/+=.@!*?-]+$/, 'must be the name of a secret, or a pattern with * such as app/*; not an ARN'),
);

export const secretArns = listOf(
  text(
    /^arn:[\w*-]+:secretsmanager:[\w*-]+:(\d{12}|\*):secret:[^\s,]*(-\w{6}|\*)$/,
    'must be the full ARN of a secret, such as arn:aws:secretsmanager:eu-central-1:111122223333:secret:dba-AbCdEf, or end with *',
  ),
);

export const targets = listOf(
  text(/^[^\s,]+@[^\s,@]+$/, 'must be user@host, such as app@orders.example.org; * stands for any text'),
);

const keyArn = text(
  /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/,
  'must be the ARN of a key, such as arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555; an alias is none',
);
export const key = v.optional(keyArn);
export const keys = listOf(keyArn);

export const roles = listOf(
  text(
    /^arn:[\w*-]+:iam::(\d{12}|\*):role\/\S+$/,
    'must be the ARN of a role, such as arn:aws:iam::111122223333:role/deploy; * stands for any text',
  ),
);

export const functions = listOf(
  text(
    /^arn:[\w*-]+:lambda:[\w*-]+:(\d{12}|\*):function:[\w*-]+$/,
    'must be the ARN of a function, such as arn:aws:lambda:eu-central-1:111122223333:function:RotateOrders; * stands for any text',
  ),
);

export const boundary = v.optional(
  text(
    /^arn:[\w-]+:iam::(\d{12}|aws):policy\/\S+$/,
    'must be the ARN of a policy, such as arn:aws:iam::111122223333:policy/boundary',
  ),
);

const ACCOUNT = 'must be an account number of 12 digits, in quotes';
/** Without quotes YAML reads a number, and drops its leading zeros. */
export const accounts = listOf(
  v.pipe(
    v.union([v.string(), v.number()]),
    v.check((value) => typeof value === 'string' && /^\d{12}$/.test(value), ACCOUNT),
    v.transform(String),
  ),
);

export const organizations = listOf(
  text(/^o-[a-z0-9]{10,32}$/, 'must be the id of an organization, such as o-exampleorgid'),
);

/** Lambda's archive has the file under the same path, so it must be below serverless.yml. */
export const pemFile = v.optional(
  text(
    /^(?!.*\.\.)[\w-][\w./-]*\.pem$/,
    'must be the path of a .pem file beside serverless.yml, such as ca.pem',
  ),
);

export const subnets = listOf(text(/^subnet-[0-9a-f]{8,17}$/, 'must be the id of a subnet: subnet-…'));
export const groups = listOf(text(/^sg-[0-9a-f]{8,17}$/, 'must be the id of a security group: sg-…'));
export const vpc = v.optional(text(/^vpc-[0-9a-f]{8,17}$/, 'must be the id of a VPC: vpc-…'));

const cidrBlock = (block: string, most: number): boolean => {
  const [, a, b, c, d, bits] = block.match(/^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/) ?? [];
  return [a, b, c, d].every((part) => Number(part) <= 255) && Number(bits) <= most;
};
export const networks = listOf(
  v.pipe(
    v.string(),
    v.check(
      (value) => cidrBlock(value, 32) || /^[0-9a-f:]+\/\d+$/i.test(value),
      'must be a block of addresses, such as 203.0.113.0/24',
    ),
  ),
);
export const newVpc = v.optional(
  v.pipe(
    v.string(),
    v.check(
      (value) => cidrBlock(value, 26) && Number(value.split('/')[1]) >= 16,
      'must be a block of addresses of /16 to /26, such as 10.20.0.0/24',
    ),
  ),
);

export const emails = listOf(
  text(/^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/, 'must be a mail address, such as security@example.org'),
);

const slackId = text(
  /^[A-Z0-9]+$/,
  'must be an id of Slack, such as T0123ABCD of a workspace or C0123ABCD of a channel',
);
export const slack = v.optional(v.strictObject({ workspace: slackId, channel: slackId }));

const uuid = text(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'must be an id in the form of a UUID');
export const teams = v.optional(
  v.strictObject({
    tenant: uuid,
    team: uuid,
    channel: text(
      /^[^\s@:]*%3a[^\s@:]*%40[^\s@:]*$/i,
      'must be as in a link to the channel, with %3a and %40: 19%3aabc%40thread.tacv2',
    ),
  }),
);

export const organization = v.optional(text(/^o-[a-z0-9]{10,32}$/, 'must be the id of an organization: o-…'));

export const tags = v.optional(v.record(v.string(), v.string()), {});

/** A principal cannot be a pattern, and a policy for a secret wants its full ARN. */
export const sharedSecrets = v.optional(
  v.pipe(
    v.array(
      v.strictObject({
        secret: text(
          /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[^\s*]+-\w{6}$/,
          'must be the full ARN of a secret, with the six characters at its end',
        ),
        readers: v.pipe(
          v.array(
            text(
              /^arn:[\w-]+:iam::\d{12}:(role|user)\/[^\s*]+$/,
              'must be the ARN of a role or a user, such as arn:aws:iam::444455556666:role/orders',
            ),
          ),
          v.check((readers) => readers.length > 0, 'must name a role'),
        ),
      }),
    ),
    v.readonly(),
  ),
  [],
);

/**
 * The only reader of the environment. Parsed once per function, with every mistake reported at once.
 * docs/configuration.md is generated from `SETTINGS`.
 */
import { KeyturnError } from './errors.ts';

interface Setting<T> {
  /** What it does, and its form; a sentence for the documentation. */
  readonly what: string;
  readonly absent: T;
  /** @throws Error whose message completes "NAME …". */
  readonly parse: (text: string) => T;
}

const setting = <T>(what: string, absent: T, parse: (text: string) => T): Setting<T> => ({
  what,
  absent,
  parse,
});

const list = (text: string): readonly string[] => text.split(/[\s,]+/).filter((entry) => entry !== '');

function boolean(text: string): boolean {
  if (/^(true|1|y|yes)$/i.test(text)) return true;
  if (/^(false|0|n|no|)$/i.test(text)) return false;
  throw new Error('must be true or false');
}

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new Error(`must be a whole number from ${least} to ${most}`);
  };

function pairs(text: string): ReadonlyMap<string, string> {
  const entries = list(text).map((entry) => entry.split('='));
  if (entries.some((parts) => parts.length !== 2 || parts.includes('')))
    throw new Error('must be a list of host=certificate-name');
  return new Map(entries.map(([host = '', name = '']) => [host.toLowerCase(), name]));
}

function targets(text: string): readonly string[] {
  const entries = list(text);
  if (entries.every((entry) => /^.+@[^@]+$/.test(entry))) return entries;
  throw new Error('must be a list of user@host');
}

/** The password settings carry the names that AWS's own rotation functions use, so that a deployment may be swapped. */
export const SETTINGS = {
  KEYTURN_SUPERUSER_SECRETS: setting(
    'ARNs of the superuser secrets that may be used, separated by spaces; `*` stands for any text.',
    [] as readonly string[],
    list,
  ),
  KEYTURN_SUPERUSER_TARGETS: setting(
    'Users that a superuser secret may act on without further proof, as `user@host` separated by spaces; `*` stands for any text.',
    [] as readonly string[],
    targets,
  ),
  KEYTURN_ALLOW_PLAINTEXT: setting(
    'Whether `"ssl": false` in a secret is honoured. Passwords then cross the network in clear or as weak hashes.',
    false,
    boolean,
  ),
  KEYTURN_TLS_CA_FILE: setting(
    'Path of a PEM file with private certificate authorities, trusted besides the RDS bundle and the public ones.',
    undefined as string | undefined,
    (text) => text,
  ),
  KEYTURN_TLS_SERVER_NAMES: setting(
    'Certificate names to expect where they differ from the host, as `host=name` separated by spaces.',
    new Map() as ReadonlyMap<string, string>,
    pairs,
  ),
  KEYTURN_STATEMENT_SECONDS: setting(
    'Longest time, in seconds, that a statement which changes a password may take or wait on the server (1 to 60).',
    15,
    wholeNumber(1, 60),
  ),
  KEYTURN_REPLICA_WAIT: setting(
    'Longest time, in seconds, that a step waits for the copies of the secret in other Regions (0 to 60). With 0 nobody asks how they are.',
    30,
    wholeNumber(0, 60),
  ),
  KEYTURN_BLUE_GREEN_CHECK: setting(
    'Whether the RDS API is asked, for hosts of RDS, if a Blue/Green deployment has the database as its source.',
    true,
    boolean,
  ),
  KEYTURN_TABLE: setting(
    "Name of the audit's DynamoDB table.",
    undefined as string | undefined,
    (text) => text,
  ),
  KEYTURN_TOPIC: setting('ARN of the SNS topic for alerts.', undefined as string | undefined, (text) => text),
  KEYTURN_CHAT_TOPIC: setting(
    'ARN of a second topic, for alerts in the form of Amazon Q Developer in chat applications.',
    undefined as string | undefined,
    (text) => text,
  ),
  KEYTURN_ROTATION_FUNCTIONS: setting(
    'ARNs of the rotation functions, separated by spaces; `*` stands for any text.',
    [] as readonly string[],
    list,
  ),
  KEYTURN_ROTATION_ROLES: setting(
    "ARNs of the rotation functions' roles, separated by spaces; `*` stands for any text.",
    [] as readonly string[],
    list,
  ),
  KEYTURN_DEPLOY_ROLES: setting(
    'ARNs of the roles that infrastructure-as-code runs as, separated by spaces; `*` stands for any text.',
    [] as readonly string[],
    list,
  ),
  KEYTURN_OWN_ROLES: setting(
    "ARNs of the audit functions' own roles, separated by spaces; `*` stands for any text.",
    [] as readonly string[],
    list,
  ),
  KEYTURN_BREAK_GLASS_ROLES: setting(
    'ARNs of roles kept for emergencies, separated by spaces; `*` stands for any text.',
    [] as readonly string[],
    list,
  ),
  KEYTURN_TRUSTED_ACCOUNTS: setting(
    'Numbers of other accounts that may use our secrets, separated by spaces.',
    [] as readonly string[],
    list,
  ),
  KEYTURN_TRUSTED_ORGANIZATIONS: setting(
    'Ids of organizations whose members may use our secrets, separated by spaces. Without it any organization that a policy names is taken for yours.',
    [] as readonly string[],
    list,
  ),
  KEYTURN_HONEYTOKENS: setting(
    'Names of secrets that nobody has a reason to touch, separated by spaces; `*` stands for any text.',
    [] as readonly string[],
    list,
  ),
  KEYTURN_MACHINE_SECRETS: setting(
    'Names of secrets that only software reads, separated by spaces; `*` stands for any text.',
    [] as readonly string[],
    list,
  ),
  KEYTURN_CANARIES: setting(
    'Names of the secrets that the sweep reads to see that events arrive, separated by spaces.',
    [] as readonly string[],
    list,
  ),
  KEYTURN_NETWORKS: setting(
    'Networks that calls usually come from, as CIDR blocks separated by spaces.',
    [] as readonly string[],
    list,
  ),
  KEYTURN_PIPELINE: setting(
    'ARNs of what the audit is made of, separated by spaces; `*` stands for any text.',
    [] as readonly string[],
    list,
  ),
  KEYTURN_SUPPRESSIONS: setting(
    'Findings that are not to be told, as JSON: a list of {detector, principal, secret, network, reason, owner, expires}.',
    '[]',
    (text) => text,
  ),
  SECRETS_MANAGER_ENDPOINT: setting(
    'Address of the Secrets Manager endpoint, where the standard one is not to be used.',
    undefined as string | undefined,
    (text) => text,
  ),
  PASSWORD_LENGTH: setting(
    'Length of the passwords made. With the characters left out, it must allow 96 random bits: 15 characters of all kinds.',
    undefined as number | undefined,
    wholeNumber(8, 128),
  ),
  EXCLUDE_CHARACTERS: setting('Characters that no password may hold.', '', (text) => text),
  EXCLUDE_NUMBERS: setting('Whether digits are left out.', false, boolean),
  EXCLUDE_PUNCTUATION: setting('Whether punctuation is left out.', false, boolean),
  EXCLUDE_UPPERCASE: setting('Whether upper-case letters are left out.', false, boolean),
  EXCLUDE_LOWERCASE: setting('Whether lower-case letters are left out.', false, boolean),
  REQUIRE_EACH_INCLUDED_TYPE: setting(
    'Whether each kind of character that is not left out must occur.',
    true,
    boolean,
  ),
} as const;

type Settings = typeof SETTINGS;
export type Env = { readonly [Name in keyof Settings]: Settings[Name]['absent'] };

/** @throws KeyturnError CONFIG_INVALID, listing every mistake. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  const mistakes = misspelt(source);
  const entries = Object.entries(SETTINGS).map(([name, { absent, parse }]) => {
    const text = source[name];
    if (text === undefined || text === '') return [name, absent];
    try {
      return [name, parse(text)];
    } catch (error) {
      mistakes.push(`${name} ${(error as Error).message}`);
      return [name, absent];
    }
  });
  if (mistakes.length > 0) throw new KeyturnError('CONFIG_INVALID', `${mistakes.join('; ')}.`);
  return Object.freeze(Object.fromEntries(entries));
}

const misspelt = (source: NodeJS.ProcessEnv): string[] =>
  Object.keys(source)
    .filter((name) => name.startsWith('KEYTURN_') && !(name in SETTINGS))
    .map((name) => `${name} is not a setting of Keyturn`);

/** The secret's JSON, as AWS's own rotation functions read it, with Keyturn's `rotation` options in it. */
import * as v from 'valibot';
import { KeyturnError } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { Redacted } from '../core/redacted.ts';
import { canRewrite, holdsPassword, namesUser, rewrite } from './derived.ts';
import type { Credentials, DatabaseEngine, Target } from './engine.ts';
import { hostName, optionsSchema, portNumber, type RotationOptions, refuseClashes } from './options.ts';

/** A secret value's limit. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MOST_BYTES = 65_536;

type Document = { readonly [key: string]: unknown };

export interface DatabaseSecret extends Credentials {
  /** Value of the `engine` field. */
  readonly engine: string;
  /** Where to connect: `rotation.host` where it is set, else `host`. */
  readonly target: Target;
  /** The secret named by `masterarn`. */
  readonly superuserArn: string | undefined;
  readonly options: RotationOptions;
  /** The whole JSON; every key that rotation does not own is carried over as it is. */
  readonly document: Redacted<Document>;
}

/** What the parser must know of the function it runs in. */
export interface SecretRules {
  readonly engine: DatabaseEngine;
  readonly allowPlaintext: boolean;
}

const word = v.pipe(
  v.string(),
  v.check((value) => value !== '', 'must not be empty'),
  v.check((value) => !value.includes('\0'), 'must not hold a NUL character'),
);

const flag = v.union([
  v.boolean(),
  v.pipe(
    v.string(),
    v.check((value) => /^(true|false)$/i.test(value), 'must be true or false'),
    v.transform((value) => value.toLowerCase() === 'true'),
  ),
]);

/** @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html */
const schema = v.object({
  engine: word,
  host: v.pipe(
    word,
    v.transform((host) => host.trim()),
  ),
  username: word,
  password: word,
  port: v.nullish(portNumber),
  dbname: v.nullish(word),
  ssl: v.nullish(flag),
  masterarn: v.nullish(word),
  rotation: v.optional(optionsSchema, {}),
});

/** What RDS and Redshift put into the superuser secrets they manage. */
const bareSchema = v.strictObject({ username: word, password: word });

/** Keys with a meaning of their own, whose text may equal a weak first password by chance. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  ...Object.keys(schema.entries).filter((key) => key !== 'rotation'),
  'dbInstanceIdentifier',
  'dbClusterIdentifier',
  'namespaceName',
]);

/** @throws KeyturnError SECRET_INVALID or USER_NAME_TOO_LONG, naming the field; no value is ever quoted. */
export const parseSecret =
  (rules: SecretRules) =>
  (text: string): DatabaseSecret =>
    fromDocument(parseDocument(text), rules);

/** A superuser secret: a whole one, or bare credentials whose host the database service knows. */
export const parseSuperuserSecret =
  (rules: SecretRules) =>
  (text: string): DatabaseSecret | Credentials => {
    const document = parseDocument(text);
    const bare = parse(bareSchema, document);
    if (!bare.ok) return fromDocument(document, rules);
    return { username: bare.value.username, password: new Redacted(bare.value.password) };
  };

/**
 * The same secret for another user or password; keys listed in `rotation.derived` follow.
 * @throws KeyturnError SECRET_INVALID when the result would be too large to store.
 */
export function withCredentials(secret: DatabaseSecret, next: Credentials): DatabaseSecret {
  const swap = Redacted.combine(secret.password, next.password, (old, fresh) => ({
    from: { username: secret.username, password: old },
    to: { username: next.username, password: fresh },
  }));
  const document = Redacted.combine(secret.document, swap, (fields, { from, to }) => {
    const derived = secret.options.derived.map((key) => [key, rewrite(String(fields[key]), from, to)]);
    return { ...fields, ...Object.fromEntries(derived), ...to };
  });
  const changed = { ...secret, ...next, document };
  if (serialize(changed).satisfies((text) => Buffer.byteLength(text) > MOST_BYTES))
    throw new KeyturnError('SECRET_INVALID', `The secret would grow beyond ${MOST_BYTES} bytes.`);
  return changed;
}

export const serialize = (secret: DatabaseSecret): Redacted =>
  secret.document.map((fields) => JSON.stringify(fields));

/**
 * @param userChanges whether the next version is for another user
 * @throws KeyturnError PASSWORD_IN_OTHER_KEY when a key that `rotation.derived` does not list would go stale;
 * SECRET_INVALID when a listed key is no URL that holds user or password, or could not be rewritten whole.
 */
export function checkDerived(secret: DatabaseSecret, userChanges: boolean): void {
  const { derived } = secret.options;
  Redacted.combine(secret.document, secret.password, (fields, password) => {
    const login = { username: secret.username, password };
    const goesStale = (text: string) => holdsPassword(text, login) || (userChanges && namesUser(text, login));
    const stale = (key: string) => !OWN_KEYS.has(key) && strings(fields[key]).some(goesStale);
    const forgotten = Object.keys(fields).find((key) => stale(key) && !derived.includes(key));
    if (forgotten !== undefined)
      throw new KeyturnError('PASSWORD_IN_OTHER_KEY', `"${forgotten}" embeds the user or the password.`, {
        field: forgotten,
      });
    for (const [index, key] of derived.entries()) {
      const text = fields[key];
      const field = `rotation.derived[${index}]`;
      if (
        OWN_KEYS.has(key) ||
        typeof text !== 'string' ||
        !(holdsPassword(text, login) || namesUser(text, login))
      )
        throw invalid(field, 'names no URL that embeds the user or the password');
      if (!canRewrite(text, login) || (userChanges && !namesUser(text, login)))
        throw invalid(field, 'names a key that cannot be rewritten: only user and password of a URL can be');
    }
  });
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}

function fromDocument(document: Document, { engine, allowPlaintext }: SecretRules): DatabaseSecret {
  const parsed = parse(schema, document);
  if (!parsed.ok) throw invalid(parsed.problems[0].field, parsed.problems[0].what);
  const { host, port, dbname, ssl, masterarn, username, password, rotation, ...value } = parsed.value;
  if (!engine.names.includes(value.engine))
    throw invalid('engine', `must be ${engine.names.join(' or ')} for this rotation function`);
  if (ssl === false && !allowPlaintext)
    throw invalid('ssl', 'is false, which this deployment does not allow (KEYTURN_ALLOW_PLAINTEXT)');
  engine.checkUsername(username, 'username');
  const clash = refuseClashes(rotation, { engine, masterarn: masterarn ?? undefined });
  if (clash !== undefined) throw invalid(clash.field, clash.what);
  return {
    engine: value.engine,
    username,
    password: new Redacted(password),
    target: {
      host: rotation.host ?? directHost(host),
      port: rotation.port ?? port ?? engine.defaultPort,
      database: dbname ?? undefined,
      plaintext: ssl === false,
    },
    superuserArn: masterarn ?? undefined,
    options: rotation,
    document: new Redacted(document),
  };
}

/**
 * RDS names its endpoints by kind: `….proxy-…` is an RDS Proxy, `….cluster-ro-…` an Aurora reader.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html
 */
function directHost(host: string): string {
  const kind = /\.(proxy|cluster-ro)-/.exec(host)?.[1];
  if (kind !== undefined)
    throw invalid('host', `is a ${kind === 'proxy' ? 'proxy' : 'reader'}; set rotation.host to the writer`);
  const parsed = parse(hostName, host);
  if (!parsed.ok) throw invalid('host', parsed.problems[0].what);
  return host;
}

function parseDocument(text: string): Document {
  let document: unknown;
  try {
    document = JSON.parse(text, keepNumbersExact);
  } catch {
    // JSON.parse quotes its input in the error.
    throw new KeyturnError('SECRET_INVALID', 'The secret is not JSON.');
  }
  if (typeof document === 'object' && document !== null && !Array.isArray(document))
    return document as Document;
  throw new KeyturnError('SECRET_INVALID', 'The secret is not a JSON object.');
}

/** A number that JavaScript would round is carried over as it was written. */
function keepNumbersExact(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source);
}

const invalid = (field: string, what: string): KeyturnError =>
  new KeyturnError('SECRET_INVALID', `"${field}" ${what}.`, { field });

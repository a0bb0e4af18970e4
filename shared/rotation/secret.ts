/** The secret's JSON, as AWS's own rotation functions read it, with Keyturn's `rotation` options in it. */
import * as v from 'valibot';
import { KeyturnError } from '../core/errors.ts';
import { type Problem, parse } from '../core/parse.ts';
import { Redacted } from '../core/redacted.ts';
import { canRewrite, holdsPassword, namesUser, rewrite } from './derived.ts';
import { type Document, parseDocument } from './document.ts';
import type { Credentials, DatabaseEngine, Target } from './engine.ts';
import { babelfish, hostName, indirect, portNumber } from './hosts.ts';
import { optionsSchema, type RotationOptions, refuseClashes } from './options.ts';

/** A secret value's limit. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MOST_BYTES = 65_536;

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
  // Half a character is sent as another one, so that two users could become one.
  v.check((value) => value.isWellFormed(), 'must be whole characters'),
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
  if (!parsed.ok) throw explained(parsed.problems[0]);
  const { host, port, dbname, ssl, masterarn, username, password, rotation, ...value } = parsed.value;
  if (!engine.names.includes(value.engine))
    throw invalid('engine', `must be ${engine.names.join(' or ')} for this rotation function`);
  if (ssl === false && !allowPlaintext)
    throw invalid('ssl', 'is false, which this deployment does not allow (KEYTURN_ALLOW_PLAINTEXT)');
  engine.checkUsername(username, 'username');
  const target = {
    host: rotation.host ?? host,
    port: rotation.port ?? port ?? engine.defaultPort,
    database: dbname ?? undefined,
    plaintext: ssl === false,
  };
  const problem =
    refuseClashes(rotation, { engine, masterarn: masterarn ?? undefined }) ??
    refuseHost(target.host, rotation.host === undefined ? 'host' : 'rotation.host') ??
    babelfish(target.host, target.port);
  if (problem !== undefined) throw invalid(problem.field, problem.what);
  return {
    engine: value.engine,
    username,
    password: new Redacted(password),
    target,
    superuserArn: masterarn ?? undefined,
    options: rotation,
    document: new Redacted(document),
  };
}

function refuseHost(host: string, field: string): Problem | undefined {
  const parsed = parse(hostName, host);
  return indirect(host, field) ?? (parsed.ok ? undefined : { field, what: parsed.problems[0].what });
}

function explained({ field, what }: Problem): KeyturnError {
  const noNetwork =
    field === 'host' && what === 'is missing'
      ? ': rotation logs in over the network, so a database that only the Data API reaches cannot be rotated'
      : '';
  return invalid(field, what + noNetwork);
}

const invalid = (field: string, what: string): KeyturnError =>
  new KeyturnError('SECRET_INVALID', `"${field}" ${what}.`, { field });

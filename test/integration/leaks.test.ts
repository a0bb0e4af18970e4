/**
 * Looks for every secret, in every form, in everything that a rotation writes: the function's log and metrics, the
 * errors it throws, the database's own log at its most talkative, and what the rehearsal shows.
 */
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rehearsalScreen } from '../../cli/rehearsal-screen.ts';
import { redshiftMissing } from '../../local/redshift/gateway.ts';
import type { DatabaseOnStage, Login } from '../../local/rehearsal/cast.ts';
import { mysqlOnStage } from '../../local/rehearsal/mysql.ts';
import { postgresOnStage } from '../../local/rehearsal/postgres.ts';
import { redshiftOnStage } from '../../local/rehearsal/redshift.ts';
import { rehearse } from '../../local/rehearsal/rehearse.ts';
import { startScene } from '../../local/rehearsal/scene.ts';
import type { StageOptions } from '../../local/rehearsal/stage.ts';
import { ServiceError } from '../../local/secrets-manager/errors.ts';
import { replyTo } from '../../local/secrets-manager/wire.ts';
import { mysqlServers } from '../../local/servers/mysql.ts';
import type { ServerKind } from '../../local/servers/mysql-programs.ts';
import { type PostgresMajor, postgresMajors } from '../../local/servers/postgres.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import { leaksOf } from '../support/leaks.ts';

type Fields = Record<string, unknown>;

interface Path {
  readonly name: string;
  readonly outcome: string | undefined;
  readonly cast?: string;
  readonly stage?: StageOptions;
  readonly edit?: (fields: Fields) => Fields;
}

const LEAST_ROTATION = { strategy: 'single-user' };
/** Letters only, which passwordcheck refuses; sent as it is, so that passwordcheck sees it. */
const REFUSED = { length: 40, excludeCharacters: '0123456789!#$%&()*+,-.;<=>?[]^_`{|}~', send: 'plain' };

const answers =
  (action: string, message: (input: Fields) => string): NonNullable<StageOptions['intercept']> =>
  async (call, respond) =>
    call.action === action && call.caller !== 'PERSON'
      ? replyTo(new ServiceError('ValidationException', message(call.input as Fields)))
      : respond();

const PATHS: readonly Path[] = [
  { name: 'a rotation', outcome: undefined },
  { name: 'by superuser', outcome: undefined, cast: 'by superuser' },
  { name: 'a pair', outcome: undefined, cast: 'base and clone' },
  { name: 'a pair with an owner role', outcome: undefined, cast: 'owner role' },
  {
    name: 'the password itself is sent',
    outcome: undefined,
    edit: (f) => ({ ...f, rotation: { password: { send: 'plain' } } }),
  },
  {
    name: 'the policy refuses the password',
    outcome: 'PASSWORD_GIVEN_UP',
    stage: { env: { KEYTURN_STATEMENT_SECONDS: '1' } },
    edit: (f) => ({ ...f, rotation: { ...LEAST_ROTATION, password: REFUSED } }),
  },
  {
    name: 'a wrong password',
    outcome: 'CREDENTIALS_REJECTED',
    edit: (f) => ({ ...f, username: 'nobody', password: `x${f['password']}` }),
  },
  { name: 'no server', outcome: 'DATABASE_UNREACHABLE', edit: (f) => ({ ...f, port: 1 }) },
  {
    name: 'TLS that is not trusted',
    outcome: 'TLS_NOT_VERIFIED',
    stage: { env: { KEYTURN_TLS_SERVER_NAMES: '127.0.0.1=x.example' } },
  },
  {
    name: 'a copy of the password in another key',
    outcome: 'PASSWORD_IN_OTHER_KEY',
    edit: (f) => ({ ...f, url: `postgres://u:${encodeURIComponent(String(f['password']))}@h/d` }),
  },
  {
    name: 'a password where a number belongs',
    outcome: 'SECRET_INVALID',
    edit: (f) => ({ ...f, port: f['password'] }),
  },
  {
    name: 'a password as a host',
    outcome: 'SECRET_INVALID',
    edit: (f) => ({ ...f, host: `${f['password']} /` }),
  },
  {
    name: 'a probe that fails',
    outcome: 'PROBE_FAILED',
    edit: (f) => ({ ...f, rotation: { probe: "SELECT 'x'::int" } }),
  },
  {
    name: 'a probe that quotes the password',
    outcome: 'PASSWORD_IN_OTHER_KEY',
    edit: (f) => ({ ...f, rotation: { probe: `SELECT '${f['password']}'` } }),
  },
  {
    name: 'a service error that quotes the request',
    outcome: 'SECRET_STORE_FAILED',
    stage: { intercept: answers('PutSecretValue', (input) => `Value ${input['SecretString']} is wrong`) },
  },
  {
    name: 'a mistake in the environment',
    outcome: 'CONFIG_INVALID',
    stage: { env: { KEYTURN_STATEMENT_SECONDS: 'x' } },
  },
];

/** Which of the paths a product goes, and what it calls their casts. */
interface Product {
  readonly name: string;
  readonly start: () => Promise<DatabaseOnStage>;
  readonly casts: Readonly<Record<string, string>>;
  /** Paths left out, each with the reason. */
  readonly without: Readonly<Record<string, string>>;
}

async function talkativePostgres(major: PostgresMajor): Promise<DatabaseOnStage> {
  const settings = {
    log_statement: 'all',
    log_min_duration_statement: '0',
    log_connections: 'on',
    log_error_verbosity: 'verbose',
    log_min_messages: 'debug1',
  };
  const database = await postgresOnStage(major, { settings });
  await database.administer(`ALTER SYSTEM SET session_preload_libraries = 'passwordcheck'`);
  await database.administer('SELECT pg_reload_conf()');
  return database;
}

const { installed } = postgresMajors();
/** The oldest keeps md5 hashes, which are as good as passwords; the newest keeps verifiers. */
const MAJORS = [...new Set([installed.at(0), installed.at(-1)])].filter((major) => major !== undefined);

const POSTGRES = MAJORS.map(
  (major): Product => ({
    name: `PostgreSQL ${major}`,
    start: () => talkativePostgres(major),
    casts: {},
    without: {},
  }),
);

const ONE_FORM = 'PostgreSQL has two forms of a pair';
const NO_POLICY = 'its servers here have no policy';

const REDSHIFT: Product = {
  name: 'Redshift',
  start: () => redshiftOnStage(),
  casts: { 'own password': 'own password, SHA-256', 'base and clone': 'pair, SHA-256' },
  without: {
    'a pair with an owner role': ONE_FORM,
    'the password itself is sent': 'the gateway keeps statements as they came, which Redshift does not',
    'the policy refuses the password': NO_POLICY,
  },
};

const { installed: kinds, missing, external } = await mysqlServers();
for (const { kind, reason } of missing) it.skip(`nothing leaks with ${kind}: ${reason}`, () => {});

/** With its general log, which a server of somebody else's does not show. */
const MYSQLS = [...new Set([kinds.findLast(isMysql), kinds.findLast((kind) => !isMysql(kind))])]
  .filter((kind) => kind !== undefined)
  .map(
    (kind): Product => ({
      name: kind,
      start: () => talkativeMysql(kind),
      casts: { 'base and clone': 'pair' },
      without: {
        'a pair with an owner role': ONE_FORM,
        ...(!isMysql(kind) && {
          'the policy refuses the password': NO_POLICY,
          'the password itself is sent': 'MariaDB logs statements as they are, which the documentation says',
        }),
      },
    }),
  );

async function talkativeMysql(kind: ServerKind): Promise<DatabaseOnStage> {
  const database = await mysqlOnStage(kind, external ? {} : { generalLog: true });
  // A server of one's own may have its policy already.
  if (isMysql(kind))
    await database.administer("INSTALL COMPONENT 'file://component_validate_password'").catch(() => {});
  return database;
}

function isMysql(kind: string): boolean {
  return kind.startsWith('mysql-');
}

const PRODUCTS = [...POSTGRES, ...MYSQLS, ...(redshiftMissing() === undefined ? [REDSHIFT] : [])];

describe.each(PRODUCTS)('nothing leaks with $name', ({ start, casts, without }) => {
  let database: DatabaseOnStage;
  beforeAll(async () => {
    database = await start();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const paths = PATHS.filter(({ name }) => without[name] === undefined);

  it.each(paths)('$name', async ({ outcome, cast = 'own password', stage, edit }) => {
    await using scene = await startScene(database, casts[cast] ?? cast, stage);
    if (edit !== undefined) scene.edit(edit);
    const versionId = scene.begin();
    expect(await scene.run(versionId)).toBe(outcome);
    const written = [scene.stage.function.output(), scene.lastError, database.log()].join('\n');
    const secrets = [...scene.secrets(), ...scene.secrets().map(md5)];
    expect(secrets.length).toBeGreaterThan(1);
    for (const secret of secrets) expect(leaksOf(secret.text, written), secret.name).toEqual([]);
  });

  it('the rehearsal shows none', async () => {
    const texts: string[] = [];
    // The model keeps what it is given hidden, and reveals it to answer.
    const reveal = Redacted.prototype.reveal;
    vi.spyOn(Redacted.prototype, 'reveal').mockImplementation(function (this: Redacted) {
      const value = reveal.call(this);
      texts.push(String(value));
      return value;
    });
    let shown = '';
    const stream = new Writable({
      write(chunk, _encoding, done) {
        shown += chunk;
        done();
      },
    });
    const screen = rehearsalScreen(stream as unknown as WriteStream);
    for (const [index, cast] of database.casts.entries()) {
      screen.rotating(cast);
      const rehearsed = await rehearse(database, cast, `leak${index}`, screen);
      screen.rotated(rehearsed, true);
      shown += JSON.stringify(rehearsed);
    }
    vi.restoreAllMocks();
    const passwords = new Set(
      texts.filter((text) => text.startsWith('{')).map((text) => (JSON.parse(text) as Login).password),
    );
    expect(passwords.size).toBeGreaterThanOrEqual(2 * database.casts.length);
    for (const password of passwords) expect(leaksOf(password, shown)).toEqual([]);
  });
});

interface Named {
  readonly name: string;
  readonly text: string;
}

/** What the server would accept in place of the password. */
const md5 = ({ name, text }: Named): Named => ({
  name: `md5 of ${name}`,
  text: createHash('md5').update(`${text}${name}`).digest('hex'),
});

/** Malformed events and secrets: each is refused with a typed error that names field and fix, before any side effect. */
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, KeyturnError } from '../../shared/core/errors.ts';
import { parseEvent } from '../../shared/rotation/event.ts';
import { rotate } from '../../shared/rotation/rotate.ts';
import { collaboratorsOf, invocation } from '../support/collaborators.ts';
import { FakeDatabase } from '../support/fake-engine.ts';
import { modelStore } from '../support/model-store.ts';

const PASSWORD = 'Tr0ub4dor&3-is-not-in-any-message';
const TOKEN = '3fa85f64-5717-4562-b3fc-2c963f66afa6';
const good = { engine: 'fake', host: 'db.example.org', username: 'app', password: PASSWORD };
const alternating = {
  ...good,
  masterarn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:superuser/x-AbCdEf',
};

const EVENTS: readonly (readonly [string, unknown, field: string])[] = [
  ['nothing', undefined, ''],
  ['null', null, ''],
  ['a text', 'createSecret', ''],
  ['a list', [], 'Step'],
  ['an empty object', {}, 'Step'],
  ['a scheduled event', { source: 'aws.events', 'detail-type': 'Scheduled Event' }, 'Step'],
  ['an unknown step', { Step: 'create_secret', SecretId: 'x', ClientRequestToken: TOKEN }, 'Step'],
  ['a step of another type', { Step: 1, SecretId: 'x', ClientRequestToken: TOKEN }, 'Step'],
  ['no secret', { Step: 'createSecret', ClientRequestToken: TOKEN }, 'SecretId'],
  ['an empty secret id', { Step: 'createSecret', SecretId: '', ClientRequestToken: TOKEN }, 'SecretId'],
  [
    'a secret id beyond the limit',
    { Step: 'createSecret', SecretId: 'x'.repeat(2049), ClientRequestToken: TOKEN },
    'SecretId',
  ],
  ['no token', { Step: 'createSecret', SecretId: 'x' }, 'ClientRequestToken'],
  [
    'a short token',
    { Step: 'createSecret', SecretId: 'x', ClientRequestToken: 'short' },
    'ClientRequestToken',
  ],
  [
    'a rotation token of another type',
    { Step: 'createSecret', SecretId: 'x', ClientRequestToken: TOKEN, RotationToken: {} },
    'RotationToken',
  ],
];

describe('events', () => {
  it.each(EVENTS)('%s', (_name, event, field) => {
    expect(() => parseEvent(event)).toThrow(expect.objectContaining({ code: 'INVALID_EVENT', field }));
  });
});

/** Text of the secret, error code, and a part of the message or the field. */
const SECRETS: readonly (readonly [string, text: string | object, code: ErrorCode, names: string])[] = [
  ['not JSON', `{"password":"${PASSWORD}"`, 'SECRET_INVALID', 'not JSON'],
  ['JSON of another kind', '["a"]', 'SECRET_INVALID', 'not a JSON object'],
  ['JSON null', 'null', 'SECRET_INVALID', 'not a JSON object'],
  ['no engine', { ...good, engine: undefined }, 'SECRET_INVALID', 'engine'],
  ['another engine', { ...good, engine: 'oracle' }, 'SECRET_INVALID', 'engine'],
  ['an engine of another type', { ...good, engine: 7 }, 'SECRET_INVALID', 'engine'],
  ['no host', { ...good, host: undefined }, 'SECRET_INVALID', 'host'],
  ['an empty host', { ...good, host: '' }, 'SECRET_INVALID', 'host'],
  ['a host with a port', { ...good, host: 'db.example.org:5432/x' }, 'SECRET_INVALID', 'host'],
  ['a URL as host', { ...good, host: 'postgres://db' }, 'SECRET_INVALID', 'host'],
  ['several hosts', { ...good, host: 'db1,db2' }, 'SECRET_INVALID', 'several hosts'],
  ['a unicode host', { ...good, host: 'dätenbank.example' }, 'SECRET_INVALID', 'host'],
  [
    'an RDS proxy',
    { ...good, host: 'p.proxy-abc.eu-central-1.rds.amazonaws.com' },
    'SECRET_INVALID',
    'proxy',
  ],
  [
    'an Aurora reader',
    { ...good, host: 'c.cluster-ro-abc.eu-central-1.rds.amazonaws.com' },
    'SECRET_INVALID',
    'reader',
  ],
  [
    'an RDS proxy in capitals',
    { ...good, host: 'P.PROXY-ABC.eu-central-1.rds.amazonaws.com' },
    'SECRET_INVALID',
    '"host" is a proxy',
  ],
  [
    'an RDS proxy where the writer is asked for',
    {
      ...good,
      host: 'p.proxy-abc.eu-central-1.rds.amazonaws.com',
      rotation: { host: 'p.proxy-abc.eu-central-1.rds.amazonaws.com' },
    },
    'SECRET_INVALID',
    '"rotation.host" is a proxy',
  ],
  [
    'the port of Babelfish',
    { ...good, host: 'c.cluster-abc.eu-central-1.rds.amazonaws.com', port: 1433 },
    'SECRET_INVALID',
    'Babelfish',
  ],
  ['a database for the Data API only', { ...good, host: undefined }, 'SECRET_INVALID', 'Data API'],
  ['half a character in the user', { ...good, username: 'app\ud800' }, 'SECRET_INVALID', 'username'],
  ['no user', { ...good, username: undefined }, 'SECRET_INVALID', 'username'],
  ['a user of another type', { ...good, username: ['app'] }, 'SECRET_INVALID', 'username'],
  ['a NUL in the user', { ...good, username: 'a\0b' }, 'SECRET_INVALID', 'username'],
  ['a user name too long', { ...good, username: 'a'.repeat(21) }, 'USER_NAME_TOO_LONG', 'username'],
  ['no password', { ...good, password: undefined }, 'SECRET_INVALID', 'password'],
  ['an empty password', { ...good, password: '' }, 'SECRET_INVALID', 'password'],
  ['a password of another type', { ...good, password: { nested: PASSWORD } }, 'SECRET_INVALID', 'password'],
  ['a NUL in the password', { ...good, password: `${PASSWORD}\0` }, 'SECRET_INVALID', 'password'],
  ['a port that is none', { ...good, port: 'five' }, 'SECRET_INVALID', 'port'],
  ['a port out of range', { ...good, port: 70_000 }, 'SECRET_INVALID', 'port'],
  ['ssl that says neither', { ...good, ssl: 'maybe' }, 'SECRET_INVALID', 'ssl'],
  [
    'ssl false where plaintext is not allowed',
    { ...good, ssl: false },
    'SECRET_INVALID',
    'KEYTURN_ALLOW_PLAINTEXT',
  ],
  ['rotation options of another type', { ...good, rotation: 'fast' }, 'SECRET_INVALID', 'rotation'],
  [
    'a misspelt option',
    { ...good, rotation: { stratgy: 'single-user' } },
    'SECRET_INVALID',
    'rotation.stratgy',
  ],
  [
    'an unknown strategy',
    { ...good, rotation: { strategy: 'magic' } },
    'SECRET_INVALID',
    'rotation.strategy',
  ],
  [
    'a strategy the engine lacks',
    { ...good, rotation: { strategy: 'dual-password' } },
    'SECRET_INVALID',
    'rotation.strategy',
  ],
  [
    'one user for a pair',
    { ...alternating, rotation: { strategy: 'alternating-users', users: ['app'] } },
    'SECRET_INVALID',
    'rotation.users',
  ],
  [
    'the same user twice',
    { ...alternating, rotation: { strategy: 'alternating-users', users: ['app', 'app'] } },
    'SECRET_INVALID',
    'rotation.users',
  ],
  [
    'two users that some servers take for one',
    { ...alternating, rotation: { strategy: 'alternating-users', users: ['app', 'APP'] } },
    'SECRET_INVALID',
    'rotation.users',
  ],
  [
    'a pair without its own user',
    { ...alternating, rotation: { strategy: 'alternating-users', users: ['x', 'y'] } },
    'SECRET_INVALID',
    'rotation.users',
  ],
  [
    'a pair for a single user',
    { ...good, rotation: { users: ['app', 'b'] } },
    'SECRET_INVALID',
    'rotation.users',
  ],
  [
    'an owner role without a pair',
    { ...good, rotation: { ownerRole: 'own' } },
    'SECRET_INVALID',
    'rotation.ownerRole',
  ],
  [
    'a pair without a superuser',
    { ...good, rotation: { strategy: 'alternating-users' } },
    'SECRET_INVALID',
    'masterarn',
  ],
  ['a superuser for nothing', { ...good, rotation: { by: 'superuser' } }, 'SECRET_INVALID', 'masterarn'],
  ['a superuser and no strategy', alternating, 'STRATEGY_AMBIGUOUS', 'rotation.strategy'],
  [
    'a superuser that is not allowed',
    { ...alternating, masterarn: 'arn:other', rotation: { strategy: 'alternating-users' } },
    'SUPERUSER_NOT_ALLOWED',
    'KEYTURN_SUPERUSER_SECRETS',
  ],
  [
    'a superuser secret that is not there',
    { ...alternating, rotation: { strategy: 'alternating-users' } },
    'SUPERUSER_SECRET_INVALID',
    'superuser/x',
  ],
  [
    'a target the deployment does not list',
    { ...alternating, rotation: { by: 'superuser', strategy: 'single-user' } },
    'SUPERUSER_NOT_ALLOWED',
    'app@db.example.org',
  ],
  [
    'a user that happens to end in _clone',
    { ...alternating, username: 'report_clone', rotation: { strategy: 'alternating-users' } },
    'SECRET_INVALID',
    'rotation.users',
  ],
  [
    'a standby name too long',
    { ...alternating, username: 'a'.repeat(18), rotation: { strategy: 'alternating-users' } },
    'USER_NAME_TOO_LONG',
    'username',
  ],
  [
    'a URL that embeds the password',
    { ...good, url: `postgres://app:${PASSWORD}@db/x` },
    'PASSWORD_IN_OTHER_KEY',
    'rotation.derived',
  ],
  [
    'a nested copy of the password',
    { ...good, more: { copy: [PASSWORD] } },
    'PASSWORD_IN_OTHER_KEY',
    '"more"',
  ],
  [
    'a derived key that embeds nothing',
    { ...good, note: 'x', rotation: { derived: ['note'] } },
    'SECRET_INVALID',
    'rotation.derived[0]',
  ],
  [
    'a derived key that is not there',
    { ...good, rotation: { derived: ['nothing'] } },
    'SECRET_INVALID',
    'rotation.derived[0]',
  ],
  [
    'a length no server takes',
    { ...good, rotation: { password: { length: 4 } } },
    'SECRET_INVALID',
    'rotation.password.length',
  ],
  [
    'a length the engine does not take',
    { ...good, rotation: { password: { length: 100 } } },
    'PASSWORD_POLICY_IMPOSSIBLE',
    '8 to 64',
  ],
  [
    'an end of the password that the engine cannot set',
    { ...alternating, rotation: { strategy: 'alternating-users', password: { validDays: 30 } } },
    'SECRET_INVALID',
    'rotation.password.validDays',
  ],
  [
    'a form the engine does not know',
    { ...good, rotation: { password: { send: 'rot13' } } },
    'SECRET_INVALID',
    'rotation.password.send',
  ],
  [
    'a password that would outgrow the secret',
    { ...good, password: 'x', filler: '-'.repeat(65_440) },
    'SECRET_INVALID',
    '65536',
  ],
];

describe('secrets', () => {
  it.each(SECRETS)('%s', async (_name, secret, code, names) => {
    const database = new FakeDatabase();
    const { store, create, beginRotation, changes } = modelStore();
    const made = create('app', typeof secret === 'string' ? secret : JSON.stringify(secret));
    const versionId = beginRotation(made);
    const before = [...made.labels];

    const event = { step: 'createSecret' as const, secretId: made.arn, versionId, rotationToken: undefined };
    const error = await rotate(event, collaboratorsOf(store, database), invocation()).catch(
      (thrown) => thrown,
    );

    expect(error).toBeInstanceOf(KeyturnError);
    expect(error.code).toBe(code);
    expect(error.message).toContain(names);
    expect(error.message).toContain(ERRORS[code].fix);
    expect(`${error.message}${error.stack}`).not.toContain(PASSWORD);
    expect(changes).toEqual([]);
    expect([...made.labels]).toEqual(before);
    expect(database.logins).toBe(0);
  });
});

describe('secrets that are fine', () => {
  it.each([
    ['quotes and unicode in the user', { ...good, username: `o'b"ße` }],
    ['quotes in the password', { ...good, password: `'";--\\` }],
    ['a port as text, as the console writes it', { ...good, port: '5432' }],
    ['null for what is optional', { ...good, port: null, dbname: null, ssl: null }],
    ['an IPv6 address', { ...good, host: 'fd00::1' }],
    ['the port of Babelfish, on no host of RDS', { ...good, port: 1433 }],
    [
      'the port of Babelfish, where rotation goes elsewhere',
      {
        ...good,
        host: 'c.cluster-abc.eu-central-1.rds.amazonaws.com',
        port: 1433,
        rotation: { host: 'db.example.org', port: 5432 },
      },
    ],
    [
      'a URL that is rewritten',
      { ...good, url: `postgres://app:${encodeURIComponent(PASSWORD)}@db/x`, rotation: { derived: ['url'] } },
    ],
    [
      'numbers beyond double precision',
      JSON.parse('{"a":1}') &&
        `{"engine":"fake","host":"h","username":"u","password":"${PASSWORD}","big":12345678901234567890}`,
    ],
  ])('%s', async (_name, secret) => {
    const { store, create, beginRotation, text } = modelStore();
    const original = typeof secret === 'string' ? secret : JSON.stringify(secret);
    const made = create('app', original);
    const versionId = beginRotation(made);
    const event = { step: 'createSecret' as const, secretId: made.arn, versionId, rotationToken: undefined };
    await rotate(event, collaboratorsOf(store, new FakeDatabase()), invocation());

    const pending = text(made, 'AWSPENDING') ?? '';
    const [was, is] = [JSON.parse(original), JSON.parse(pending)];
    expect(is.password).not.toBe(was.password);
    expect({ ...is, password: 0, url: 0 }).toEqual({ ...was, password: 0, url: 0 });
    if (was.url !== undefined) expect(decodeURIComponent(new URL(is.url).password)).toBe(is.password);
    if (original.includes('big')) expect(pending).toContain('"big":12345678901234567890');
  });
});

/** What each engine refuses of a secret: by createSecret, before a connection is made or a value stored. */
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, KeyturnError } from '../../shared/core/errors.ts';
import { mysql } from '../../shared/engines/mysql/engine.ts';
import { postgres } from '../../shared/engines/postgres/engine.ts';
import { redshift } from '../../shared/engines/redshift/engine.ts';
import type { DatabaseEngine } from '../../shared/rotation/engine.ts';
import { rotate } from '../../shared/rotation/rotate.ts';
import { collaboratorsOf, invocation } from '../support/collaborators.ts';
import { FakeDatabase } from '../support/fake-engine.ts';
import { modelStore } from '../support/model-store.ts';

const PASSWORD = 'Tr0ub4dor&3-is-not-in-any-message';
const tls = { serverNames: new Map() };
const SUPERUSER = 'superuser/dba';

interface EngineWithLimits {
  readonly engine: DatabaseEngine;
  readonly another: string;
  /** The longest name that a user may have. */
  readonly longest: string;
  readonly impossible: readonly string[];
  readonly lacks: readonly Readonly<Record<string, unknown>>[];
  readonly longestPassword: number;
}

const ENGINES: readonly EngineWithLimits[] = [
  {
    engine: postgres({ tls }),
    another: 'mysql',
    longest: 'ä'.repeat(31),
    impossible: ['pg_monitor', 'public', 'none'],
    lacks: [{ strategy: 'dual-password' }, { password: { send: 'hash' } }, { password: { send: 'sha256' } }],
    longestPassword: 128,
  },
  {
    engine: mysql({ tls }),
    another: 'postgres',
    longest: 'ä'.repeat(32),
    impossible: ['app ', ' app', 'a\nb'],
    lacks: [{ password: { send: 'scram-sha-256' } }, { password: { send: 'md5' } }],
    longestPassword: 128,
  },
  {
    engine: redshift({ tls }),
    another: 'postgres',
    longest: 'ä'.repeat(63),
    impossible: ['IAM:app', 'iamr:app', 'PUBLIC', 'a\nb'],
    lacks: [{ strategy: 'dual-password' }, { password: { send: 'scram-sha-256' } }],
    longestPassword: 64,
  },
];

const OWNER_ROLE = {
  strategy: 'alternating-users',
  users: ['app', 'app_blue'],
  ownerRole: 'owner',
};

describe.each(ENGINES.map((one) => [one.engine.names[0], one] as const))('%s', (name, limits) => {
  const good = { engine: name, host: 'db.example.org', username: 'app', password: PASSWORD };

  /** @returns the error of createSecret, after which nothing has changed; `undefined` when there was none. */
  async function refusal(document: object): Promise<KeyturnError | undefined> {
    const { store, create, beginRotation, changes } = modelStore();
    const dba = create(SUPERUSER, JSON.stringify({ ...good, username: 'dba' }));
    const made = create('app', JSON.stringify({ ...good, masterarn: dba.arn, ...document }));
    const versionId = beginRotation(made);
    const event = { step: 'createSecret' as const, secretId: made.arn, versionId, rotationToken: undefined };
    const engine: DatabaseEngine = { ...limits.engine, login: () => expect.fail('nobody should log in') };
    const collaborators = { ...collaboratorsOf(store, new FakeDatabase()), engine };
    const error = await rotate(event, collaborators, invocation()).then(
      () => undefined,
      (thrown) => thrown,
    );
    if (error === undefined) return undefined;
    expect(error).toBeInstanceOf(KeyturnError);
    expect(`${error.message}${error.stack}`).not.toContain(PASSWORD);
    expect(error.message).toContain(ERRORS[(error as KeyturnError).code].fix);
    expect(changes).toEqual([]);
    return error;
  }
  const refused = async (document: object, code: ErrorCode, field: string | undefined) => {
    expect(await refusal(document)).toMatchObject({ code, field });
  };
  const single = { strategy: 'single-user' };
  const pair = { strategy: 'alternating-users' };

  it('takes the longest name, for one user', async () => {
    expect(await refusal({ username: limits.longest, rotation: single })).toBeUndefined();
  });

  it('takes no name that the server would cut, nor one whose clone it would', async () => {
    const code = 'USER_NAME_TOO_LONG';
    await refused({ username: `${limits.longest}äx`, rotation: single }, code, 'username');
    await refused({ username: limits.longest, rotation: pair }, code, 'username');
    const users = ['app', `${limits.longest}äx`];
    await refused({ rotation: { ...pair, users } }, code, 'rotation.users[1]');
  });

  it.each(limits.impossible)('takes no user %j', (username) =>
    refused({ username, rotation: single }, 'SECRET_INVALID', 'username'),
  );

  it.each(limits.lacks)('refuses what it does not have: %j', async (rotation) => {
    const error = await refusal({ rotation: { ...single, ...rotation } });
    expect(error).toMatchObject({ code: 'SECRET_INVALID' });
    expect(error?.field).toMatch(/^rotation\.(strategy|password\.send)$/);
  });

  it('knows an owner role, or refuses it', async () => {
    const error = await refusal({ rotation: OWNER_ROLE });
    if (limits.engine.ownerRoles) expect(error).toBeUndefined();
    else expect(error).toMatchObject({ code: 'SECRET_INVALID', field: 'rotation.ownerRole' });
  });

  it('refuses a secret of another product', () =>
    refused({ engine: limits.another, rotation: single }, 'SECRET_INVALID', 'engine'));

  it('makes passwords as long as the server takes them', async () => {
    const ofLength = (length: number) => refusal({ rotation: { ...single, password: { length } } });
    expect(await ofLength(limits.longestPassword)).toBeUndefined();
    if (limits.longestPassword < 128)
      expect(await ofLength(limits.longestPassword + 1)).toMatchObject({
        code: 'PASSWORD_POLICY_IMPOSSIBLE',
      });
  });
});

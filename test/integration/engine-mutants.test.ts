/** Hand-made faults of the engines, the same on each: what is asked of a session on a real server must notice them. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cast, Login } from '../../local/rehearsal/cast.ts';
import { type EngineToTest, type EngineUnderTest, enginesToTest } from '../../local/rehearsal/engines.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import type { DatabaseEngine, NewPassword, Session, StandbyPlan } from '../../shared/rotation/engine.ts';
import { type Logins, loginsTo, summary } from '../support/login.ts';
import { type Fault, mutate, removeMutants } from '../support/mutants.ts';
import { openGuard } from '../support/postgres.ts';

/** One server with fresh users on it, and logins by the code under test. */
interface Case {
  readonly server: EngineUnderTest;
  readonly cast: Cast;
  readonly logins: Logins;
  readonly tag: string;
}

const NEXT = 'Next-and-long-1';
const changeOf = ({ username }: Login, { passwordForm }: Session): NewPassword => ({
  ...{ username, password: new Redacted(NEXT), form: passwordForm, liveForm: passwordForm },
});

/** What an engine owes to a rotation; each throws when it does not hold. */
const DUTIES = {
  async 'a change that the fence forbids is not made'({ server, logins, tag }: Case) {
    const user = { username: `fenced_${tag}`, password: 'Right-and-long-1' };
    await server.create(user);
    await using session = await logins.session(user.username, user.password);
    const guard = { ...openGuard(), fence: () => Promise.reject(new Error('lost')) };
    await assert.rejects(session.changePassword(changeOf(user, session), guard), /lost/);
    assert.equal(await summary(logins.login(user.username, user.password)), 'accepted');
  },

  async 'a change that waits for somebody else is over when its time is'({ server, logins, tag }: Case) {
    const user = { username: `waiting_${tag}`, password: 'Right-and-long-1' };
    await server.create(user);
    await using session = await logins.session(user.username, user.password);
    const release = await server.block(user.username);
    const change = session.changePassword(changeOf(user, session), openGuard(1_000)).then(
      () => 'changed',
      (error) => error.code,
    );
    const outcome = await Promise.race([change, pause(15_000, 'waits on')]);
    await release();
    await change;
    assert.equal(outcome, 'DATABASE_BUSY');
  },

  async 'an administrator is told from other users'({ server, logins, tag }: Case) {
    const looker = { username: `looker_${tag}`, password: 'Right-and-long-1' };
    await server.create(looker);
    await server.empower(looker.username);
    await using session = await logins.session(looker.username, looker.password);
    const { protectedBecause } = await session.describeUser(server.database.administrator.user);
    assert.notEqual(protectedBecause, undefined);
  },

  async 'a standby has what the live user has'(theCase: Case) {
    const { live, plan } = await converged(theCase);
    const rights = async (login: Login) => {
      await using session = await theCase.logins.session(login.username, login.password);
      return await session.effectiveRights(login.username, plan.pair);
    };
    const standby = { username: plan.username, password: NEXT };
    assert.deepEqual([...(await rights(live)).difference(await rights(standby))], []);
  },

  async 'a standby bears its mark'(theCase: Case) {
    const { superuser, plan } = await converged(theCase);
    await using session = await theCase.logins.session(superuser.username, superuser.password);
    const { mark } = await session.describeUser(plan.username, plan.mark);
    assert.deepEqual(mark, plan.mark);
  },
} as const satisfies Record<string, (theCase: Case) => Promise<void>>;

type Duty = keyof typeof DUTIES;

async function converged({ server, cast, logins, tag }: Case) {
  const { secret: live, superuser } = await cast.prepare(server.database, tag);
  assert(superuser !== undefined);
  const users = [live.username, `${live.username}_clone`] as const;
  await using session = await logins.session(superuser.username, superuser.password);
  const plan: StandbyPlan = {
    ...changeOf({ ...live, username: users[1] }, session),
    ...{ live: live.username, pair: { users, ownerRole: undefined }, revokeSurplus: false },
    mark: { secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf', users },
  };
  await session.convergeStandby(plan, openGuard());
  return { live, superuser, plan };
}

/** A fault for each duty, its file in the engine's folder. */
type Faults = { readonly [duty in Duty]: Fault };

const WITHOUT_FENCE = { file: 'password.ts', replace: 'await guard.fence();', by: '' };

const FAULTS: Readonly<Record<'postgres' | 'mysql' | 'redshift', Faults>> = {
  postgres: {
    'a change that the fence forbids is not made': WITHOUT_FENCE,
    'a change that waits for somebody else is over when its time is': {
      file: 'change.ts',
      replace: 'const timeouts = (ms: number)',
      by: 'const timeouts = (_ms: number, ms = 40_000)',
    },
    'an administrator is told from other users': {
      ...{
        file: 'users.ts',
        replace: 'protectedBecause: protection(row),',
        by: 'protectedBecause: undefined,',
      },
    },
    'a standby has what the live user has': {
      file: 'standby.ts',
      replace: 'await joinSource(sql, version, plan);',
      by: '',
    },
    'a standby bears its mark': {
      file: 'standby.ts',
      replace: 'await writeMark(sql, plan.username, plan.mark);',
      by: '',
    },
  },
  mysql: {
    'a change that the fence forbids is not made': WITHOUT_FENCE,
    'a change that waits for somebody else is over when its time is': {
      file: 'password.ts',
      replace: 'await limitWaits(sql, asker.server, guard.statementTimeoutMs);',
      by: '',
    },
    'an administrator is told from other users': {
      ...{ file: 'users.ts', replace: 'reason(await powersOf(sql, server, username))', by: 'undefined' },
    },
    'a standby has what the live user has': {
      file: 'standby.ts',
      replace: 'await grantMissing(sql, live, standby, end - performance.now());',
      by: '',
    },
    'a standby bears its mark': {
      file: 'standby.ts',
      replace: 'const mark = keepsMarks(server) ?',
      by: 'const mark = (false as boolean) ?',
    },
  },
  redshift: {
    'a change that the fence forbids is not made': WITHOUT_FENCE,
    'a change that waits for somebody else is over when its time is': {
      file: 'password.ts',
      replace: 'await limitTime(sql, guard);',
      by: '',
    },
    'an administrator is told from other users': {
      file: 'users.ts',
      replace: 'protectedBecause: await protection(sql, username, user),',
      by: 'protectedBecause: undefined,',
    },
    'a standby has what the live user has': {
      file: 'standby.ts',
      replace: 'await giveInTime(plan.username, missing,',
      by: 'await giveInTime(plan.username, missing.slice(1),',
    },
    'a standby bears its mark': {
      file: 'standby.ts',
      replace: 'markGroup(plan.mark)',
      by: "markGroup({ ...plan.mark, secretArn: 'another' })",
    },
  },
};

const { engines: all, missing } = await enginesToTest();
const engines = all.filter(({ engine }, at) => all.findLastIndex((one) => one.engine === engine) === at);
for (const { what, reason } of missing) it.skip(`faults of the engine on ${what}: ${reason}`, () => {});

afterAll(removeMutants);
let made = 0;

describe.each(engines)('faults of the engine on $name', ({ engine, pair, start, name }: EngineToTest) => {
  const folder = engine === 'mariadb' ? 'mysql' : engine;
  let server: EngineUnderTest;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const caseOf = (code: DatabaseEngine): Case => ({
    server,
    cast: server.database.casts.find((cast) => cast.name === pair) as Cast,
    logins: loginsTo(code, server.database, engine === 'redshift' ? 'dev' : undefined),
    tag: `m${made++}`,
  });

  async function engineWith(fault: Fault): Promise<DatabaseEngine> {
    const load = mutate(`${name} ${made}`, ['core', 'rotation', 'engines'], fault);
    const module = await load(`engines/${folder}/engine.ts`);
    const create = module[folder] as (settings: object) => DatabaseEngine;
    return create({ tls: { caFile: server.database.caFile, serverNames: new Map() } });
  }
  const duties = Object.keys(DUTIES).filter(
    (duty) => !(engine === 'mariadb' && duty === 'a standby bears its mark'),
  ) as Duty[];

  it.each(duties)('%s', async (duty) => {
    const { file, ...change } = FAULTS[folder][duty];
    const sound = await engineWith({
      file: `engines/${folder}/${file}`,
      replace: change.replace,
      by: change.replace,
    });
    await DUTIES[duty](caseOf(sound));
    const faulty = await engineWith({ ...change, file: `engines/${folder}/${file}` });
    await expect(DUTIES[duty](caseOf(faulty))).rejects.toThrow();
  });
});

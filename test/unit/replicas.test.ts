/** Copies in other Regions: which are waited for, which refuse a rotation, and what is told of them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeyturnError } from '../../shared/core/errors.ts';
import type { Step } from '../../shared/rotation/event.ts';
import { rotate } from '../../shared/rotation/rotate.ts';
import type { ReplicaStatus } from '../../shared/rotation/secret-store.ts';
import { collaboratorsOf, invocation } from '../support/collaborators.ts';
import { Play } from '../support/play.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A rotation of one user. `seen` runs before each DescribeSecret, with how many there were. */
class Scene {
  readonly calls: string[] = [];
  seen: (describes: number) => void = () => {};
  readonly play = new Play({ rotate, KeyturnError }, 'single-user', async (label, effect) => {
    this.calls.push(label);
    if (label === 'DescribeSecret') this.seen(this.describes);
    return effect();
  });
  readonly versionId = this.play.begin();

  get describes(): number {
    return this.calls.filter((label) => label === 'DescribeSecret').length;
  }

  set(Ireland: ReplicaStatus, Oregon: ReplicaStatus = 'InSync'): void {
    for (const [region, status] of Object.entries({ 'eu-west-1': Ireland, 'us-west-2': Oregon }))
      this.play.secret.replicas.set(region, { status, kmsKeyId: undefined, message: undefined });
  }

  /** @returns what the log line would say, and how the step failed, if it did */
  async step(step: Step, { remainingMs = 120_000, replicaWaitMs = 30_000 } = {}) {
    const begun = invocation(remainingMs);
    const { model, database, secret } = this.play;
    const { versionId } = this;
    const done = rotate(
      { step, secretId: secret.arn, versionId, rotationToken: undefined },
      collaboratorsOf(model.store, database, { replicaWaitMs }),
      begun,
    ).then(
      () => undefined,
      (error: KeyturnError) => error,
    );
    await vi.runAllTimersAsync();
    return { facts: begun.facts, error: await done };
  }

  get stored(): boolean {
    return this.play.login('AWSPENDING') !== undefined;
  }
}

describe('before a password is made', () => {
  it('a secret without copies costs no further call', async () => {
    const scene = new Scene();
    expect((await scene.step('createSecret')).facts).not.toHaveProperty('replicas');
    expect(scene.calls).toEqual(['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'GetSecretValue']);
  });

  it('copies that are under way are waited for', async () => {
    const scene = new Scene();
    scene.set('InSync', 'InProgress');
    scene.seen = (describes) => describes === 4 && scene.set('InSync');
    const { error, facts } = await scene.step('createSecret');
    expect(error).toBeUndefined();
    expect(scene.calls).toEqual([
      ...['DescribeSecret', 'GetSecretValue', 'GetSecretValue'],
      ...['DescribeSecret', 'DescribeSecret', 'DescribeSecret'],
      // The fence, and then the value.
      ...['DescribeSecret', 'PutSecretValue', 'GetSecretValue', 'DescribeSecret'],
    ]);
    expect(facts.replicas).toEqual({ 'eu-west-1': 'InSync', 'us-west-2': 'InSync' });
    // Three looks before the value is stored, one after.
    expect(facts.replicaWaitMs).toBe(4_000);
  });

  it('what is allowed is allowed once in a step', async () => {
    const scene = new Scene();
    scene.set('InProgress');
    scene.seen = (describes) => {
      // In step when the wait ends, for the fence, and then on its way again.
      scene.set(describes === 26 || describes === 27 ? 'InSync' : 'InProgress');
    };
    const { error, facts } = await scene.step('createSecret');
    expect([error, scene.stored]).toEqual([undefined, true]);
    expect(facts).toMatchObject({ replicas: { 'eu-west-1': 'InProgress' }, replicaWaitMs: 30_000 });
  });

  it.each([
    [{}, 30],
    [{ replicaWaitMs: 5_000 }, 5],
    [{ remainingMs: 12_000 }, 2],
    [{ remainingMs: 9_000 }, 0],
  ])('for no longer than is allowed and there is time: %o', async (limits, looks) => {
    const scene = new Scene();
    scene.set('InProgress');
    const { error, facts } = await scene.step('createSecret', limits);
    expect(error).toMatchObject({ code: 'REPLICA_BEHIND', retryable: true });
    expect(error?.what).toBe('Of the copies of app, eu-west-1 is InProgress.');
    expect([scene.describes, scene.stored]).toEqual([1 + looks, false]);
    expect(facts).toMatchObject({ replicas: { 'eu-west-1': 'InProgress' }, replicaWaitMs: looks * 1_000 });
  });

  it('one that has failed is not waited for, and no retry helps', async () => {
    const scene = new Scene();
    scene.set('Failed', 'InProgress');
    const { error } = await scene.step('createSecret');
    expect(error).toMatchObject({ code: 'REPLICA_BEHIND', retryable: false });
    expect(error?.what).toBe('Of the copies of app, eu-west-1 is Failed, us-west-2 is InProgress.');
    expect([scene.describes, scene.stored]).toEqual([1, false]);
  });

  it('one that fails meanwhile ends the wait', async () => {
    const scene = new Scene();
    scene.set('InProgress');
    scene.seen = (describes) => describes === 3 && scene.set('Failed', 'InProgress');
    expect((await scene.step('createSecret')).error).toMatchObject({ retryable: false });
    expect([scene.describes, scene.stored]).toEqual([3, false]);
  });

  it('what was read before the wait is not used if the labels have moved in it', async () => {
    const scene = new Scene();
    scene.set('InProgress');
    scene.seen = (describes) => {
      if (describes !== 3) return;
      scene.set('InSync');
      scene.play.secret.labels.set('AWSCURRENT', 'another');
    };
    expect((await scene.step('createSecret')).error).toMatchObject({ code: 'FENCE_LOST' });
    expect(scene.calls).not.toContain('PutSecretValue');
  });

  it.each(['InProgress', 'Failed'] as const)('a value that is stored goes on, copies %s', async (status) => {
    const scene = new Scene();
    await scene.step('createSecret');
    await scene.step('setSecret');
    scene.set(status);
    for (const step of ['createSecret', 'setSecret', 'testSecret'] as const) {
      const { error, facts } = await scene.step(step);
      expect(error).toBeUndefined();
      expect(facts).not.toHaveProperty('replicas');
    }
  });
});

describe('before the password of a single user is replaced', () => {
  async function stored(): Promise<Scene> {
    const scene = new Scene();
    await scene.step('createSecret');
    scene.calls.length = 0;
    return scene;
  }

  it('a copy that AWSPENDING has not reached is waited for', async () => {
    const scene = await stored();
    scene.set('InProgress');
    scene.seen = (describes) => describes === 4 && scene.set('InSync');
    const { error, facts } = await scene.step('setSecret');
    expect(error).toBeUndefined();
    expect(facts).toMatchObject({ replicas: { 'eu-west-1': 'InSync' }, replicaWaitMs: 3_000 });
    expect(scene.play.serves('AWSPENDING')).toBe(true);
  });

  it.each([
    ['InProgress', true, 31],
    ['Failed', false, 1],
  ] as const)('one that is %s in the end leaves the password as it was', async (status, retryable, looks) => {
    const scene = await stored();
    scene.set(status);
    const { error, facts } = await scene.step('setSecret');
    expect(error).toMatchObject({ code: 'REPLICA_BEHIND', retryable });
    expect(facts.replicas).toMatchObject({ 'eu-west-1': status });
    expect([scene.describes, scene.play.serves('AWSCURRENT')]).toEqual([looks, true]);
    scene.set('InSync');
    for (const step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const)
      expect((await scene.step(step)).error).toBeUndefined();
    expect(scene.play.serves('AWSCURRENT')).toBe(true);
  });

  it('no label may have moved in the wait', async () => {
    const scene = await stored();
    scene.set('InProgress');
    scene.seen = (describes) => {
      if (describes !== 3) return;
      scene.set('InSync');
      scene.play.secret.labels.delete('AWSPENDING');
    };
    expect((await scene.step('setSecret')).error).toMatchObject({ code: 'FENCE_LOST' });
    expect(scene.play.serves('AWSCURRENT')).toBe(true);
  });
});

describe('after the secret has changed', () => {
  const STEPS = ['createSecret', 'finishSecret'] as const;

  async function upTo(step: Step): Promise<Scene> {
    const scene = new Scene();
    scene.set('InSync');
    for (const earlier of ['createSecret', 'setSecret', 'testSecret'] as const) {
      if (earlier === step) break;
      await scene.step(earlier);
    }
    scene.calls.length = 0;
    return scene;
  }

  it.each(STEPS)('%s waits until it has arrived', async (step) => {
    const scene = await upTo(step);
    scene.seen = (describes) => {
      if (describes > 1) scene.set(describes < 4 ? 'InProgress' : 'InSync');
    };
    const { error, facts } = await scene.step(step);
    expect([error, scene.describes]).toEqual([undefined, 4]);
    expect(facts.replicas).toEqual({ 'eu-west-1': 'InSync', 'us-west-2': 'InSync' });
    expect(facts.replicaWaitMs).toBe(3_000);
  });

  it.each(STEPS)('%s succeeds also if a copy stays behind, fails, or cannot be seen', async (step) => {
    for (const status of ['InProgress', 'Failed', undefined] as const) {
      const scene = await upTo(step);
      scene.seen = (describes) => {
        if (describes === 1) return;
        if (status === undefined) throw new KeyturnError('SECRET_STORE_FAILED', 'Throttled.');
        scene.set(status);
      };
      const { error, facts } = await scene.step(step);
      expect(error).toBeUndefined();
      expect(facts.replicas?.['eu-west-1']).toBe(status);
      expect(scene.describes).toBe(status === 'Failed' ? 2 : 31);
    }
  });

  it('waits no more when there is nothing to do', async () => {
    const scene = await upTo('finishSecret');
    await scene.step('finishSecret');
    scene.set('InProgress');
    scene.calls.length = 0;
    for (const step of ['createSecret', 'finishSecret'] as const)
      expect((await scene.step(step)).facts.outcome).toBe('nothing to do');
    expect(scene.calls).toEqual(['DescribeSecret', 'DescribeSecret']);
  });
});

it('with 0 nothing is looked at, and the calls are those of a secret without copies', async () => {
  const [plain, copied] = [new Scene(), new Scene()];
  copied.set('Failed', 'InProgress');
  for (const step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const) {
    await plain.step(step, { replicaWaitMs: 0 });
    const { error, facts } = await copied.step(step, { replicaWaitMs: 0 });
    expect(error).toBeUndefined();
    expect(facts).not.toHaveProperty('replicas');
  }
  expect(copied.calls).toEqual(plain.calls);
});

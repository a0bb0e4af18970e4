/** Copies of the secret in another Region: the bundled functions on real servers, and the model, which is told when a copy lands. */
import {
  GetSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseOnStage, Login } from '../../local/rehearsal/cast.ts';
import { type Scene, type StepName, startScene } from '../../local/rehearsal/scene.ts';
import { newestOf, stagedServers } from '../../local/rehearsal/servers.ts';
import { FUNCTION_CALLER, REGION } from '../../local/rehearsal/stage.ts';

const FAR = 'eu-west-1';
const UNTIL_TESTED: readonly StepName[] = ['createSecret', 'setSecret', 'testSecret'];

// How the copies are does not depend on the engine: two have the two strategies that this is for.
const { servers, missing } = await stagedServers(['postgres', 'mysql']);
for (const { what, reason } of missing) it.skip(`replicas on ${what}: ${reason}`, () => {});

/** A scene whose secret has a copy. */
interface Copied extends AsyncDisposable {
  readonly scene: Scene;
  /** The function's calls of Secrets Manager. */
  readonly calls: string[];
  /** Runs before and after each of them. */
  watch: (action: string, moment: 'before' | 'after') => Promise<void>;
  /** From now on copies land only when they are told to. */
  hold(): void;
  /** A text is why it fails instead. */
  land(failure?: string): Promise<void>;
  status(): string | undefined;
  replicate(): Promise<void>;
  /** Has the secret copied again, for a reason that has nothing to do with its password. */
  touch(): Promise<void>;
  /** What readers in the other Region are given as AWSCURRENT. */
  login(): Promise<Login>;
  works(): Promise<boolean>;
  /** The closing lines of a step, newest last. */
  lines(step: StepName): Record<string, unknown>[];
}

async function startCopied(
  database: DatabaseOnStage,
  cast: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Copied> {
  const held: ((failure?: string) => void)[] = [];
  let holding = false;
  const scene = await startScene(database, cast, {
    env,
    landing: async () => (holding ? new Promise((resolve) => held.push(resolve)) : undefined),
    async intercept({ action, caller }, respond) {
      if (caller !== FUNCTION_CALLER) return respond();
      copied.calls.push(action);
      await copied.watch(action, 'before');
      const reply = await respond();
      await copied.watch(action, 'after');
      return reply;
    },
  });
  const { client, secrets } = scene.stage;
  const far = new SecretsManagerClient({
    region: FAR,
    endpoint: secrets.endpoint,
    credentials: { accessKeyId: 'READER', secretAccessKey: 'in-another-region' },
  });
  const SecretId = scene.secret.arn;
  const copied: Copied = {
    scene,
    calls: [],
    watch: async () => {},
    hold() {
      holding = true;
    },
    async land(failure) {
      holding = false;
      for (const land of held.splice(0)) land(failure);
      await expect.poll(() => copied.status()).not.toBe('InProgress');
    },
    status: () => scene.secret.replicas.get(FAR)?.status,
    async replicate() {
      const AddReplicaRegions = [{ Region: FAR }];
      await client.send(new ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions }));
      await expect.poll(() => copied.status()).toBe('InSync');
    },
    async touch() {
      await client.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'team', Value: 'orders' }] }));
    },
    async login() {
      const read = new GetSecretValueCommand({ SecretId: SecretId.replace(REGION, FAR) });
      return JSON.parse((await far.send(read)).SecretString ?? '{}');
    },
    works: async () => (await database.work(await copied.login())) === 'accepted',
    lines: (step) =>
      scene.stage.function
        .output()
        .split('\n')
        .filter((line) => line.includes('"message":"invocation"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((line) => line['step'] === step),
    async [Symbol.asyncDispose]() {
      far.destroy();
      await scene[Symbol.asyncDispose]();
    },
  };
  await copied.replicate();
  return copied;
}

/** Rotates once, and leaves the copy as it was before the label moved. */
async function rotateAhead(copied: Copied): Promise<void> {
  const versionId = copied.scene.begin();
  expect(await copied.scene.run(versionId, ...UNTIL_TESTED)).toBeUndefined();
  copied.hold();
  expect(await copied.scene.run(versionId, 'finishSecret')).toBeUndefined();
  expect(copied.status()).toBe('InProgress');
  expect(await copied.login()).not.toEqual(copied.scene.login('AWSCURRENT'));
}

describe.each(newestOf(servers))('replicas, $name', ({ casts, start }) => {
  let database: DatabaseOnStage;
  beforeAll(async () => {
    database = await start();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const without = ['dual-password', 'alternating-users'] as const;
  const windowless = without.flatMap((wanted) => casts.find(({ strategy }) => strategy === wanted) ?? []);
  const single = casts.find(({ strategy }) => strategy === 'single-user')?.name ?? '';

  describe.each(windowless.slice(0, 1))('$strategy, $name', ({ name }) => {
    it('the copy’s AWSCURRENT logs in at every instant, also while the copy is late', async () => {
      await using copied = await startCopied(database, name);
      const { scene } = copied;
      expect(await scene.run(scene.begin())).toBeUndefined();
      const seen = { instants: 0, late: 0 };
      copied.watch = async (action, moment) => {
        expect(await copied.works()).toBe(true);
        seen.instants += 1;
        if ((await copied.login()).password !== scene.login('AWSCURRENT').password) seen.late += 1;
        // The function has looked, and has seen that it is not there yet.
        if (action === 'DescribeSecret' && moment === 'after' && copied.status() === 'InProgress') {
          await copied.land();
          copied.hold();
        }
      };
      copied.hold();
      expect(await scene.run(scene.begin())).toBeUndefined();
      expect(seen.instants).toBeGreaterThan(20);
      expect(seen.late).toBeGreaterThan(0);
      expect(await copied.login()).toEqual(scene.login('AWSCURRENT'));
      for (const step of ['createSecret', 'finishSecret'] as const)
        expect(copied.lines(step).at(-1)).toMatchObject({ replicas: { [FAR]: 'InSync' } });
    });

    it('a copy that is behind refuses the next rotation before anything is done', async () => {
      await using copied = await startCopied(database, name, { KEYTURN_REPLICA_WAIT: '1' });
      const { scene } = copied;
      await rotateAhead(copied);
      expect(copied.lines('finishSecret').at(-1)).toMatchObject({
        ...{ outcome: 'succeeded', replicas: { [FAR]: 'InProgress' } },
      });
      const versionId = scene.begin();
      const labels = new Map(scene.secret.labels);
      copied.calls.length = 0;
      expect(await scene.run(versionId)).toBe('REPLICA_BEHIND');
      expect(scene.lastError).toContain(`Of the copies of ${scene.secret.name}, ${FAR} is InProgress.`);
      expect(copied.lines('createSecret').at(-1)).toMatchObject({ outcome: 'failed', retryable: true });
      expect(copied.calls.filter((action) => !/^(Describe|Get)/.test(action))).toEqual([]);
      expect(scene.secret.versions.get(versionId)?.value).toBeUndefined();
      expect(scene.secret.labels).toEqual(labels);
      expect([await copied.works(), await scene.works('AWSCURRENT')]).toEqual([true, true]);
      await copied.land();
      expect(await scene.run(versionId)).toBeUndefined();
      expect(await copied.login()).toEqual(scene.login('AWSCURRENT'));
      expect([await copied.works(), await scene.works('AWSCURRENT')]).toEqual([true, true]);
    });

    it('with 0 nothing is waited for, and readers of a copy that is behind are locked out', async () => {
      await using copied = await startCopied(database, name, { KEYTURN_REPLICA_WAIT: '0' });
      const { scene } = copied;
      await rotateAhead(copied);
      expect(await copied.works()).toBe(true);
      expect(await scene.run(scene.begin())).toBeUndefined();
      expect([await copied.works(), await scene.works('AWSCURRENT')]).toEqual([false, true]);
      expect(scene.stage.function.output()).not.toContain('"replicas"');
    });
  });

  it('single-user: the rotation is finished, and says which Regions are behind; readers there wait for the copy', async () => {
    await using copied = await startCopied(database, single, { KEYTURN_REPLICA_WAIT: '1' });
    const { scene } = copied;
    expect(await scene.run(scene.begin())).toBeUndefined();
    expect(copied.lines('finishSecret').at(-1)).toMatchObject({ replicas: { [FAR]: 'InSync' } });
    expect(await copied.works()).toBe(true);
    await rotateAhead(copied);
    expect(copied.lines('finishSecret').at(-1)).toMatchObject({
      ...{ outcome: 'succeeded', replicas: { [FAR]: 'InProgress' } },
    });
    expect([await copied.works(), await scene.works('AWSCURRENT')]).toEqual([false, true]);
    await copied.land();
    expect(await copied.works()).toBe(true);
  });

  it('single-user: a copy of AWSPENDING that fails leaves the password as it was, until it is mended', async () => {
    await using copied = await startCopied(database, single);
    const { scene } = copied;
    copied.hold();
    copied.watch = async (action, moment) => {
      if (action === 'PutSecretValue' && moment === 'after') await copied.land('The key there is disabled.');
    };
    const versionId = scene.begin();
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await scene.run(versionId)).toBe('REPLICA_BEHIND');
      expect(scene.lastError).toContain(`${FAR} is Failed`);
      expect(copied.lines('setSecret').at(-1)).toMatchObject({
        ...{ outcome: 'failed', retryable: false, replicas: { [FAR]: 'Failed' } },
      });
      expect([await copied.works(), await scene.works('AWSCURRENT')]).toEqual([true, true]);
      expect(await scene.works('AWSPENDING')).toBe(false);
    }
    copied.watch = async () => {};
    await copied.replicate();
    expect(await scene.run(versionId)).toBeUndefined();
    expect([await copied.works(), await scene.works('AWSCURRENT')]).toEqual([true, true]);
  });

  it('a copy that is slow is waited for before a password is made', async () => {
    await using copied = await startCopied(database, single);
    copied.hold();
    await copied.touch();
    expect(copied.status()).toBe('InProgress');
    let looks = 0;
    copied.watch = async (action, moment) => {
      if (action === 'DescribeSecret' && moment === 'after' && ++looks === 3) await copied.land();
    };
    expect(await copied.scene.run(copied.scene.begin())).toBeUndefined();
    // The step's own look, two that saw it on its way, one that saw it there, and the fence.
    expect(copied.calls.slice(0, copied.calls.indexOf('PutSecretValue'))).toEqual([
      ...['DescribeSecret', 'GetSecretValue', 'GetSecretValue'],
      ...['DescribeSecret', 'DescribeSecret', 'DescribeSecret', 'DescribeSecret'],
    ]);
    expect(await copied.works()).toBe(true);
  });

  it.each([
    ['is replicated again', (copied: Copied) => copied.replicate()],
    [
      'is given up',
      async ({ scene }: Copied) => {
        const request = { SecretId: scene.secret.arn, RemoveReplicaRegions: [FAR] };
        await scene.stage.client.send(new RemoveRegionsFromReplicationCommand(request));
      },
    ],
  ])('a copy that has failed refuses every rotation until it %s', async (_what, mend) => {
    await using copied = await startCopied(database, single);
    const { scene } = copied;
    copied.hold();
    await copied.touch();
    await copied.land('The key there is disabled.');
    const versionId = scene.begin();
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await scene.run(versionId)).toBe('REPLICA_BEHIND');
      expect(scene.lastError).toContain(`${FAR} is Failed`);
      expect(copied.lines('createSecret').at(-1)).toMatchObject({ outcome: 'failed', retryable: false });
    }
    expect(scene.secret.versions.get(versionId)?.value).toBeUndefined();
    expect([await copied.works(), await scene.works('AWSCURRENT')]).toEqual([true, true]);
    await mend(copied);
    expect(await scene.run(versionId)).toBeUndefined();
    expect(await scene.works('AWSCURRENT')).toBe(true);
  });
});

/** Rotations, which only the model carries out. */
import { randomUUID } from 'node:crypto';
import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  ReplicateSecretToRegionsCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { expect, it, onTestFinished } from 'vitest';
import type { RotationFunction } from '../../local/secrets-manager/rotation-types.ts';
import { ARN, scene } from './scene.ts';
import { clientOf, FAR, move, put, REGION, read, refusal, stages } from './subject.ts';

const FOUR_STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

it('makes an empty AWSPENDING version, which is listed but not found, before the first step', async () => {
  const seen: unknown[] = [];
  const { client, id, rotate, outcome } = await scene({
    before: async ({ Step, ClientRequestToken: VersionId }) => {
      if (Step !== 'createSecret') return;
      seen.push((await stages(client, id))[VersionId]);
      for (const which of [
        { VersionId },
        { VersionStage: 'AWSPENDING' },
        { VersionId, VersionStage: 'AWSPENDING' },
      ])
        seen.push((await refusal(read(client, id, which))).name);
    },
  });
  await rotate();
  expect(await outcome()).toMatchObject({ status: 'succeeded' });
  expect(seen).toEqual([['AWSPENDING'], ...Array(3).fill('ResourceNotFoundException')]);
});

it('invokes the four steps in order, with the whole ARN and one token, and moves the labels', async () => {
  const { id, versions, client, rotate, outcome, steps, events } = await scene();
  const { VersionId = '' } = await rotate({ SecretId: id.slice(0, -7) });
  expect(await outcome()).toMatchObject({ versionId: VersionId, status: 'succeeded', attempts: 1 });
  expect(steps()).toEqual(FOUR_STEPS.map((step) => `1 ${step} succeeded`));
  expect(new Set(events.map(({ SecretId }) => SecretId))).toEqual(new Set([id]));
  expect(new Set(events.map(({ ClientRequestToken }) => ClientRequestToken))).toEqual(new Set([VersionId]));
  expect(await stages(client, id)).toEqual({ [versions[0]]: ['AWSPREVIOUS'], [VersionId]: ['AWSCURRENT'] });
  expect(await read(client, id)).toBe(`made for ${VersionId}`);
});

it('leaves AWSPENDING on the promoted version when it is told to, and rotates again from there', async () => {
  const { client, id, rotate, outcome } = await scene({}, { pendingAfterSuccess: 'left-on-current' });
  const first = await rotate();
  expect(await outcome()).toMatchObject({ status: 'succeeded' });
  expect((await stages(client, id))[first.VersionId ?? '']?.toSorted()).toEqual(['AWSCURRENT', 'AWSPENDING']);
  await rotate();
  expect(await outcome()).toMatchObject({ status: 'succeeded' });
});

it('takes AWSPENDING off in the call that moves AWSCURRENT', async () => {
  const after: unknown[] = [];
  const scened = await scene({}, { intercept: (call, respond) => watch(call.action, respond) });
  async function watch<T>(action: string, respond: () => Promise<T>): Promise<T> {
    const reply = await respond();
    if (action === 'UpdateSecretVersionStage')
      after.push(scened.server.model.get(scened.id).labels.get('AWSPENDING'));
    return reply;
  }
  await scened.rotate();
  await scened.outcome();
  expect(after).toEqual([undefined]);
});

it('records the rotation’s date and the next, and forgets both while rotation is off', async () => {
  const now = Date.UTC(2026, 0, 1);
  const { client, id, rotate, outcome } = await scene({}, { now: () => now });
  const describe = () => client.send(new DescribeSecretCommand({ SecretId: id }));
  await rotate({ RotationRules: { ScheduleExpression: 'rate(10 days)' } });
  await outcome();
  expect(await describe()).toMatchObject({
    ...{ RotationEnabled: true, RotationLambdaARN: ARN },
    ...{ LastRotatedDate: new Date(now), NextRotationDate: new Date(Date.UTC(2026, 0, 11)) },
  });
  await client.send(new CancelRotateSecretCommand({ SecretId: id }));
  const off = await describe();
  expect(off).toMatchObject({ RotationEnabled: false, RotationLambdaARN: ARN });
  expect(off).not.toHaveProperty('LastRotatedDate');
  expect(off).not.toHaveProperty('NextRotationDate');
});

it('retries all four steps with the same version id when one fails', async () => {
  const { rotate, outcome, steps, events } = await scene({
    before: ({ Step }, invocation) => {
      if (Step === 'testSecret' && invocation < 4) throw new Error('not yet');
    },
  });
  const { VersionId } = await rotate();
  expect(await outcome()).toMatchObject({ status: 'succeeded', attempts: 2 });
  expect(steps()).toEqual([
    ...['1 createSecret succeeded', '1 setSecret succeeded', '1 testSecret failed'],
    ...FOUR_STEPS.map((step) => `2 ${step} succeeded`),
  ]);
  expect(new Set(events.map(({ ClientRequestToken }) => ClientRequestToken))).toEqual(new Set([VersionId]));
});

it('gives up after the retries, with AWSPENDING where it was', async () => {
  const { client, id, rotate, outcome, steps } = await scene({ before: fail }, { retries: 2 });
  const { VersionId = '' } = await rotate();
  expect(await outcome()).toMatchObject({ status: 'failed', attempts: 3, error: 'Error: told to fail' });
  expect(steps()).toHaveLength(3);
  expect((await stages(client, id))[VersionId]).toEqual(['AWSPENDING']);
  const described = await client.send(new DescribeSecretCommand({ SecretId: id }));
  expect(described).not.toHaveProperty('LastRotatedDate');
});

it('refuses a new rotation while one is incomplete, and takes that one up again', async () => {
  let broken = true;
  const { client, id, rotate, outcome } = await scene({ before: () => broken && fail() }, { retries: 0 });
  const { VersionId = '' } = await rotate();
  expect(await outcome()).toMatchObject({ status: 'failed' });
  broken = false;
  expect(await refusal(rotate({ RotationRules: { AutomaticallyAfterDays: 5 } }))).toMatchObject({
    name: 'InvalidRequestException',
    message: "A previous rotation isn't complete. That rotation will be reattempted.",
  });
  expect(await outcome()).toMatchObject({ versionId: VersionId, status: 'succeeded' });
  const described = await client.send(new DescribeSecretCommand({ SecretId: id }));
  expect(described.RotationRules).toBeUndefined();
});

it('rotates anew once AWSPENDING of a failed rotation is removed', async () => {
  let broken = true;
  const { client, id, rotate, outcome } = await scene({ before: () => broken && fail() }, { retries: 0 });
  const failed = await rotate();
  await outcome();
  broken = false;
  await move(client, id, 'AWSPENDING', failed.VersionId, undefined);
  const { VersionId } = await rotate();
  expect(VersionId).not.toBe(failed.VersionId);
  expect(await outcome()).toMatchObject({ versionId: VersionId, status: 'succeeded' });
});

it('does not count a rotation as done when finishSecret returns without moving AWSCURRENT', async () => {
  const idle: RotationFunction = async () => ({ ok: true });
  const { rotate, outcome } = await scene({}, { retries: 0 }, idle);
  await rotate();
  expect(await outcome()).toMatchObject({
    ...{ status: 'failed', error: expect.stringContaining('AWSCURRENT is not on the pending version') },
  });
});

it('keeps what a function threw out of the outcome', async () => {
  const { rotate, outcome } = await scene({}, { retries: 0 }, async () => {
    throw new TypeError('hunter2');
  });
  await rotate();
  expect(await outcome()).toMatchObject({ status: 'failed', error: 'TypeError' });
});

it('with RotateImmediately false only runs testSecret, on a copy of the current value', async () => {
  const during: unknown[] = [];
  const { client, id, versions, rotate, outcome, steps, server } = await scene({
    before: async ({ ClientRequestToken: VersionId }) => {
      during.push((await stages(client, id))[VersionId], await read(client, id, { VersionId }));
    },
  });
  const { VersionId = '' } = await rotate({ RotateImmediately: false });
  expect(await outcome()).toMatchObject({ kind: 'test', status: 'succeeded', versionId: VersionId });
  expect(during).toEqual([['AWSPENDING'], 'value 0']);
  expect(steps()).toEqual(['1 testSecret succeeded']);
  expect(await stages(client, id)).toEqual({ [versions[0]]: ['AWSCURRENT'] });
  expect([...server.model.get(id).versions.keys()]).toEqual(versions);
});

it('keeps the configuration and removes the version when the test fails', async () => {
  const { client, id, rotate, outcome } = await scene({ before: fail });
  await rotate({ RotateImmediately: false });
  expect(await outcome()).toMatchObject({ kind: 'test', status: 'failed', attempts: 1 });
  const described = await client.send(new DescribeSecretCommand({ SecretId: id }));
  expect(described).toMatchObject({ RotationEnabled: true, RotationLambdaARN: ARN });
  expect(Object.values(described.VersionIdsToStages ?? {})).toEqual([['AWSCURRENT']]);
});

it('abandons a rotation when a value is put as AWSCURRENT meanwhile', async () => {
  const { client, id, versions, rotate, outcome, steps } = await scene({
    before: async ({ Step }) => Step === 'setSecret' && put(client, id),
  });
  const { VersionId = '' } = await rotate();
  expect(await outcome()).toMatchObject({ status: 'abandoned' });
  expect(steps().at(-1)).toBe('1 setSecret failed');
  const labels = await stages(client, id);
  expect(labels[VersionId]).toBeUndefined();
  expect(labels[versions[0]]).toEqual(['AWSPREVIOUS']);
});

it('stops a cancelled rotation and leaves its AWSPENDING behind', async () => {
  const { client, id, rotate, outcome, steps } = await scene({
    before: async ({ Step }) => {
      if (Step === 'setSecret') await client.send(new CancelRotateSecretCommand({ SecretId: id }));
    },
  });
  const { VersionId = '' } = await rotate();
  expect(await outcome()).toMatchObject({ status: 'cancelled' });
  expect(steps()).toEqual(['1 createSecret succeeded', '1 setSecret succeeded']);
  expect((await stages(client, id))[VersionId]).toEqual(['AWSPENDING']);
  expect(await client.send(new CancelRotateSecretCommand({ SecretId: id }))).toMatchObject({ VersionId });
});

it.each([
  { passRotationToken: true, status: 'succeeded', error: undefined },
  { passRotationToken: false, status: 'failed', error: expect.stringContaining('was not created by Lambda') },
])('where the RotationToken is required: passed $passRotationToken, $status', async (row) => {
  const { passRotationToken, ...expected } = row;
  const { rotate, outcome } = await scene({ passRotationToken }, { requireRotationToken: true, retries: 0 });
  await rotate();
  expect(await outcome()).toMatchObject(expected);
});

it('rotates where the secret is: a copy is refused, and gets the new value', async () => {
  const { server, client, id, rotate, outcome } = await scene();
  const far = clientOf(server.endpoint, FAR);
  onTestFinished(() => far.destroy());
  const copy = id.replace(REGION, FAR);
  await client.send(
    new ReplicateSecretToRegionsCommand({ SecretId: id, AddReplicaRegions: [{ Region: FAR }] }),
  );
  await expect.poll(() => read(far, copy).catch(() => undefined)).toBe('value 0');
  const onCopy = new RotateSecretCommand({ SecretId: copy, RotationLambdaARN: ARN });
  expect(await refusal(far.send(onCopy))).toMatchObject({
    message: expect.stringContaining('not permitted on a replica'),
  });
  const { VersionId } = await rotate();
  expect(await outcome()).toMatchObject({ status: 'succeeded' });
  expect(await read(far, copy)).toBe(`made for ${VersionId}`);
  expect(await far.send(new DescribeSecretCommand({ SecretId: copy }))).not.toHaveProperty('RotationEnabled');
});

it('answers a repeated RotateSecret with the running rotation', async () => {
  const { rotate, outcome, steps } = await scene();
  const ClientRequestToken = randomUUID();
  const [first, second] = [await rotate({ ClientRequestToken }), await rotate({ ClientRequestToken })];
  expect(second.VersionId).toBe(first.VersionId);
  await outcome();
  expect(steps()).toHaveLength(4);
});

function fail(): never {
  throw new Error('told to fail');
}

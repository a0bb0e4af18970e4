/** Time, ownership, and the faults that the model can be told to have. */
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  ReplicateSecretToRegionsCommand,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import { scene } from './scene.ts';
import { clientOf, FAR, history, put, REGION, read, refusal, stages } from './subject.ts';

it('refuses every write of a secret that an AWS service owns, and reads it', async () => {
  const { client, server, rotate } = await scene();
  const owned = { name: 'rds!db-1', owningService: 'rds', SecretString: 'theirs' };
  const { arn: SecretId } = server.model.create(owned);
  expect(await read(client, SecretId)).toBe('theirs');
  for (const write of [put(client, SecretId), rotate({ SecretId })])
    expect(await refusal(write)).toMatchObject({
      ...{ name: 'InvalidRequestException', message: expect.stringContaining('managed by another service') },
    });
  const described = await client.send(new DescribeSecretCommand({ SecretId }));
  expect(described.OwningService).toBe('rds');
});

it('shows readers the former state for as long as it is told to', async () => {
  let now = Date.UTC(2026, 0, 1);
  const { client, id, versions } = await scene({}, { now: () => now, staleReadsMs: 500 });
  now += 1000;
  const second = await put(client, id);
  await client.send(new TagResourceCommand({ SecretId: id, Tags: [{ Key: 'a', Value: 'b' }] }));
  now += 499;
  expect(await read(client, id)).toBe('value 0');
  expect(await stages(client, id)).toEqual({ [versions[0]]: ['AWSCURRENT'] });
  expect(await refusal(read(client, id, { VersionId: second }))).toMatchObject({
    ...{ name: 'ResourceNotFoundException' },
  });
  now += 1;
  expect(await stages(client, id)).toEqual({ [versions[0]]: ['AWSPREVIOUS'], [second]: ['AWSCURRENT'] });
});

it('removes the oldest version without a label beyond 100, once it is a day old', async () => {
  let now = Date.UTC(2026, 0, 1);
  const { client, server } = await scene({}, { now: () => now });
  const { id, versions } = await history(client, 100);
  now += 86_400_000 - 1;
  expect(await refusal(put(client, id))).toMatchObject({ name: 'LimitExceededException' });
  now += 1;
  await put(client, id);
  const kept = server.model.get(id).versions;
  expect([kept.size, kept.has(versions[0] ?? ''), kept.has(versions[1] ?? '')]).toEqual([100, false, true]);
});

it('lets a secret go when its recovery window is over', async () => {
  let now = Date.UTC(2026, 0, 1);
  const { id, server } = await scene({}, { now: () => now });
  server.model.get(id).deletedAt = now + 1;
  expect(server.model.find(id)?.arn).toBe(id);
  now += 1;
  expect(server.model.find(id)).toBeUndefined();
});

it('throttles what it is told to, and nothing of it happens', async () => {
  let throttle = false;
  const { client, id, versions } = await scene(
    {},
    { throttle: (action) => throttle && action === 'PutSecretValue' },
  );
  throttle = true;
  expect(await refusal(put(client, id))).toMatchObject({
    ...{ name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } },
  });
  expect(await stages(client, id)).toEqual({ [versions[0]]: ['AWSCURRENT'] });
});

it('shows every call to the interceptor, which may lose the answer', async () => {
  const calls: string[] = [];
  const { client, id, server } = await scene(
    {},
    {
      intercept: async ({ action, caller }, respond) => {
        calls.push(`${caller} ${action}`);
        const reply = await respond();
        return action === 'TagResource' ? 'withhold' : reply;
      },
    },
  );
  const Tags = [{ Key: 'a', Value: 'b' }];
  const lost = client.send(new TagResourceCommand({ SecretId: id, Tags }), {
    abortSignal: AbortSignal.timeout(200),
  });
  await expect(lost).rejects.toMatchObject({ name: 'AbortError' });
  expect(server.model.get(id).tags.get('a')).toBe('b');
  expect(calls).toEqual(['AKIAIOSFODNN7EXAMPLE CreateSecret', 'AKIAIOSFODNN7EXAMPLE TagResource']);
});

it('closes under withheld answers, running steps and waiting retries', async () => {
  const { client, id, rotate, server, outcome } = await scene(
    { before: () => new Promise(() => {}) },
    { intercept: async ({ action }, respond) => (action === 'PutSecretValue' ? 'withhold' : respond()) },
  );
  await rotate();
  const withheld = put(client, id).catch((error: Error) => error);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await server.close();
  expect(await withheld).toBeInstanceOf(Error);
  expect(await outcome()).toMatchObject({ status: 'stopped' });
});

it('answers an unknown failure as InternalServiceError with status 500, without its text', async () => {
  const { client, id } = await scene(
    {},
    {
      intercept: async ({ action }, respond) => {
        if (action === 'PutSecretValue') throw new Error('hunter2');
        return respond();
      },
    },
  );
  const SecretString = 'a';
  const refused = await refusal(client.send(new PutSecretValueCommand({ SecretId: id, SecretString })));
  expect(refused).toMatchObject({ name: 'InternalServiceError', $metadata: { httpStatusCode: 500 } });
  expect(refused.message).not.toContain('hunter2');
});

describe('a copy that lands when a test says', () => {
  const copied = async () => {
    const landings: ((failure?: string) => void)[] = [];
    const stage = await scene({}, { landing: () => new Promise((resolve) => landings.push(resolve)) });
    const far = clientOf(stage.server.endpoint, FAR);
    onTestFinished(() => far.destroy());
    const request = { SecretId: stage.id, AddReplicaRegions: [{ Region: FAR }] };
    const replicate = () => stage.client.send(new ReplicateSecretToRegionsCommand(request));
    const status = async () => {
      const described = await stage.client.send(new DescribeSecretCommand({ SecretId: stage.id }));
      return described.ReplicationStatus?.[0]?.Status;
    };
    const land = async (failure?: string) => {
      landings.shift()?.(failure);
      await expect.poll(status).not.toBe('InProgress');
    };
    await replicate();
    const copy = stage.id.replace(REGION, FAR);
    return { ...stage, landings, replicate, status, land, value: () => read(far, copy) };
  };

  it('is not there before, is in progress, and follows late, with all that has changed meanwhile', async () => {
    const { client, id, landings, status, land, value } = await copied();
    expect(await status()).toBe('InProgress');
    expect(await refusal(value())).toMatchObject({ name: 'ResourceNotFoundException' });
    await land();
    expect([await status(), await value()]).toEqual(['InSync', 'value 0']);
    await put(client, id);
    await put(client, id);
    expect([await status(), await value(), landings.length]).toEqual(['InProgress', 'value 0', 1]);
    await land();
    expect([await status(), await value()]).toEqual(['InSync', await read(client, id)]);
  });

  it('fails, keeps what it had, and follows no more until it is replicated again', async () => {
    const { client, id, landings, replicate, status, land, value } = await copied();
    await land();
    await put(client, id);
    await land('The key is disabled.');
    await put(client, id);
    expect([await status(), await value(), landings.length]).toEqual(['Failed', 'value 0', 0]);
    await replicate();
    await land();
    expect([await status(), await value()]).toEqual(['InSync', await read(client, id)]);
  });
});

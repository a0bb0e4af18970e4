/** The secret store through the real AWS SDK: what it makes of the service's answers. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { secretsManagerStore } from '../../shared/aws/secrets-manager.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import { freePortOf } from '../support/listen.ts';
import { ARN, scene } from './scene.ts';
import { safeFailure, same, stage, useEnvironment, VALUE } from './store-stage.ts';

useEnvironment();

const pendingIn = (stages: ReadonlyMap<string, readonly string[]>): string | undefined =>
  [...stages].find(([, labels]) => labels.includes('AWSPENDING'))?.[0];

describe('describe', () => {
  it('gives names, labels, tags and the owner', async () => {
    const tags = new Map([['aws:rds:primaryDBInstanceArn', 'arn:aws:rds:eu-central-1:111122223333:db:one']]);
    const { store, id, current } = await stage({}, { name: 'rds!db-1', owningService: 'rds', tags });
    expect(await store.describe('rds!db-1')).toEqual({
      ...{ arn: id, name: 'rds!db-1', owningService: 'rds', tags, rotationEnabled: undefined },
      stages: new Map([[current, ['AWSCURRENT']]]),
      replicas: new Map(),
    });
  });

  it('gives how the copies in other Regions are', async () => {
    const { store, model, id } = await stage();
    const { replicas } = model.get(id);
    for (const status of ['InSync', 'InProgress', 'Failed'] as const)
      replicas.set(`of-${status}`, { status, kmsKeyId: undefined, message: undefined });
    expect((await store.describe(id)).replicas).toEqual(
      new Map([
        ['of-InSync', 'InSync'],
        ['of-InProgress', 'InProgress'],
        ['of-Failed', 'Failed'],
      ]),
    );
  });

  it('says whether rotation is enabled', async () => {
    const { server, rotate, outcome, id } = await scene();
    await rotate();
    await outcome();
    expect((await secretsManagerStore(server.endpoint).describe(id)).rotationEnabled).toBe(true);
  });

  it('answers for a secret that is marked for deletion', async () => {
    const { store, model, id } = await stage();
    model.get(id).deletedAt = Date.now() + 100_000;
    expect((await store.describe(id)).arn).toBe(id);
  });

  it('fails with SECRET_NOT_FOUND when there is none', async () => {
    const { store } = await stage();
    const error = await safeFailure(store.describe('no-such-secret'));
    expect(error).toMatchObject({ code: 'SECRET_NOT_FOUND', retryable: false });
    expect(error.what).toContain('no-such-secret');
  });
});

describe('read', () => {
  it('hands the text of a stage or a version to the parser', async () => {
    const { store, id, current } = await stage();
    expect(await store.read(id, { stage: 'AWSCURRENT' }, same)).toBe(VALUE);
    expect(await store.read(id, { versionId: current }, (text) => text.length)).toBe(VALUE.length);
  });

  it('is undefined for a stage on no version, an unknown version and an unknown secret', async () => {
    const { store, id } = await stage();
    expect(await store.read(id, { stage: 'AWSPREVIOUS' }, same)).toBeUndefined();
    expect(await store.read(id, { versionId: randomUUID() }, same)).toBeUndefined();
    expect(await store.read('no-such-secret', { stage: 'AWSCURRENT' }, same)).toBeUndefined();
  });

  it('is undefined for the empty version that RotateSecret makes', async () => {
    const seen: unknown[] = [];
    const { server, rotate, outcome, id } = await scene({}, { retries: 0 }, async (event) => {
      const store = secretsManagerStore(server.endpoint);
      seen.push(pendingIn((await store.describe(id)).stages) === event.ClientRequestToken);
      seen.push(await store.read(id, { versionId: event.ClientRequestToken }, same));
      seen.push(await store.read(id, { stage: 'AWSPENDING' }, same));
      return { ok: false };
    });
    await rotate();
    await outcome();
    expect(seen).toEqual([true, undefined, undefined]);
  });

  it('refuses a binary secret', async () => {
    const SecretBinary = Buffer.from('hunter2').toString('base64');
    const { store, id } = await stage({}, { SecretString: undefined, SecretBinary });
    const error = await safeFailure(store.read(id, { stage: 'AWSCURRENT' }, same));
    expect(error).toMatchObject({ code: 'SECRET_INVALID', retryable: false });
  });

  it('fails when the secret is marked for deletion', async () => {
    const { store, model, id } = await stage();
    model.get(id).deletedAt = Date.now() + 100_000;
    expect(await safeFailure(store.read(id, { stage: 'AWSCURRENT' }, same))).toMatchObject({
      ...{ code: 'SECRET_STORE_FAILED', awsError: 'InvalidRequestException', retryable: false },
    });
  });

  it('shows nothing of a value whose answer was cut off', async () => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.end('{"SecretString":"hunter2'));
    });
    const port = await freePortOf(server);
    onTestFinished(() => void server.closeAllConnections());
    onTestFinished(() => void server.close());
    const store = secretsManagerStore(`http://127.0.0.1:${port}`);
    const error = await safeFailure(store.read('app', { stage: 'AWSCURRENT' }, same));
    expect(error).toMatchObject({ code: 'SECRET_STORE_FAILED', awsError: 'SyntaxError' });
  });
});

describe('putPending', () => {
  it('stores the value under AWSPENDING only, and again to the same effect', async () => {
    const { store, id, current } = await stage();
    const versionId = randomUUID();
    const put = () => store.putPending(id, versionId, new Redacted('hunter2'), undefined);
    expect([await put(), await put()]).toEqual(['stored', 'stored']);
    expect(await store.read(id, { stage: 'AWSPENDING' }, same)).toBe('hunter2');
    expect((await store.describe(id)).stages).toEqual(
      new Map([
        [current, ['AWSCURRENT']],
        [versionId, ['AWSPENDING']],
      ]),
    );
  });

  it('leaves the value of another attempt as it is', async () => {
    const { store, id } = await stage();
    const versionId = randomUUID();
    await store.putPending(id, versionId, new Redacted('first'), undefined);
    expect(await store.putPending(id, versionId, new Redacted('hunter2'), undefined)).toBe('exists');
    expect(await store.read(id, { versionId }, same)).toBe('first');
  });

  it.each([
    ['passes the rotation token on, without which such a rotation fails', true, 'succeeded'],
    ['sends none where the event has none', false, 'failed'],
  ])('%s', async (_name, passOn, status) => {
    const { server, rotate, outcome, id } = await scene(
      {},
      { retries: 0, requireRotationToken: true },
      async ({ Step, ClientRequestToken, RotationToken }) => {
        const store = secretsManagerStore(server.endpoint);
        const token = passOn ? new Redacted(RotationToken) : undefined;
        if (Step === 'createSecret') await store.putPending(id, ClientRequestToken, new Redacted('a'), token);
        const [[from = ''] = []] = [...(await store.describe(id)).stages].filter(([, labels]) =>
          labels.includes('AWSCURRENT'),
        );
        if (Step === 'finishSecret') await store.moveCurrent(id, { to: ClientRequestToken, from });
        return { ok: true };
      },
    );
    await rotate({ RotationLambdaARN: ARN });
    expect((await outcome()).status).toBe(status);
  });

  it('fails for a secret that an AWS service owns', async () => {
    const { store, id } = await stage({}, { name: 'rds!db-1', owningService: 'rds' });
    const put = store.putPending(id, randomUUID(), new Redacted('hunter2'), undefined);
    expect(await safeFailure(put)).toMatchObject({
      ...{ code: 'SECRET_STORE_FAILED', awsError: 'InvalidRequestException', retryable: false },
    });
  });
});

describe('labels', () => {
  const withPending = async () => {
    const scenery = await stage();
    const pending = randomUUID();
    await scenery.store.putPending(scenery.id, pending, new Redacted('hunter2'), undefined);
    return { ...scenery, pending };
  };

  it('moveCurrent moves AWSCURRENT, and AWSPREVIOUS with it', async () => {
    const { store, id, current, pending } = await withPending();
    expect(await store.moveCurrent(id, { to: pending, from: current })).toBe('moved');
    const { stages } = await store.describe(id);
    expect(stages.get(pending)).toContain('AWSCURRENT');
    expect(stages.get(current)).toEqual(['AWSPREVIOUS']);
  });

  it.each(['another version', 'nothing'])(
    'moveCurrent conflicts when AWSCURRENT was thought to be on %s',
    async (where) => {
      const { store, id, current, pending } = await withPending();
      const from = where === 'nothing' ? undefined : pending;
      expect(await store.moveCurrent(id, { to: pending, from })).toBe('conflict');
      expect((await store.describe(id)).stages.get(current)).toEqual(['AWSCURRENT']);
    },
  );

  it('moveCurrent fails, and does not conflict, when the secret is marked for deletion', async () => {
    const { store, model, id, current, pending } = await withPending();
    model.get(id).deletedAt = Date.now() + 100_000;
    expect(await safeFailure(store.moveCurrent(id, { to: pending, from: current }))).toMatchObject({
      ...{ code: 'SECRET_STORE_FAILED', awsError: 'InvalidRequestException', retryable: false },
    });
  });

  it('removePending takes the label off, and the value stays', async () => {
    const { store, id, pending } = await withPending();
    await store.removePending(id, pending);
    expect(pendingIn((await store.describe(id)).stages)).toBeUndefined();
    expect(await store.read(id, { versionId: pending }, same)).toBe('hunter2');
  });

  it('removePending fails when another version has the label, which keeps it', async () => {
    const { store, id, current, pending } = await withPending();
    expect(await safeFailure(store.removePending(id, current))).toMatchObject({
      ...{ code: 'SECRET_STORE_FAILED', awsError: 'InvalidParameterException', retryable: false },
    });
    expect(pendingIn((await store.describe(id)).stages)).toBe(pending);
  });
});

/** The secret store through the real AWS SDK: calls that fail, and calls that get no answer. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Call, Reply } from '../../local/secrets-manager/wire.ts';
import { secretsManagerStore } from '../../shared/aws/secrets-manager.ts';
import { Redacted } from '../../shared/core/redacted.ts';
import { freePortOf } from '../support/listen.ts';
import { safeFailure, same, stage, useEnvironment, VALUE } from './store-stage.ts';

useEnvironment();

type Answer = (call: Call, respond: () => Promise<Reply>, nth: number) => Promise<Reply | 'withhold'>;

/** Every call of the port, answered by `answer`. */
async function answering(answer: Answer) {
  let calls = 0;
  const intercept = (call: Call, respond: () => Promise<Reply>) => answer(call, respond, ++calls);
  const { store, id, current } = await stage({ intercept });
  const versionId = randomUUID();
  return {
    calls: () => calls,
    every: {
      describe: () => store.describe(id),
      read: () => store.read(id, { stage: 'AWSCURRENT' }, same),
      putPending: () => store.putPending(id, versionId, new Redacted(VALUE), new Redacted('hunter2')),
      moveCurrent: () => store.moveCurrent(id, { to: versionId, from: current }),
      removePending: () => store.removePending(id, versionId),
    },
  };
}

const fault = (name: string, status = 400, message = 'hunter2'): Reply => ({
  status,
  body: { __type: name, message },
});

const PORT = ['describe', 'read', 'putPending', 'moveCurrent', 'removePending'] as const;

describe.each(PORT)('a failing call of %s', (method) => {
  it.each([
    ['AccessDeniedException', 400, false, 1],
    ['DecryptionFailure', 400, false, 1],
    ['ValidationException', 400, false, 1],
    ['ThrottlingException', 400, true, 3],
    ['InternalServiceError', 500, true, 3],
  ])('%s (HTTP %i): retryable %s, after %i tries', async (name, status, retryable, tries) => {
    // A message that quotes the request, as a service is free to do.
    const quote = ({ input }: Call) => `hunter2 ${JSON.stringify(input)}`;
    const { every, calls } = await answering(async (call) => fault(name, status, quote(call)));
    const error = await safeFailure(every[method]());
    expect(error).toMatchObject({ code: 'SECRET_STORE_FAILED', awsError: name, retryable });
    expect(calls()).toBe(tries);
  });

  it('an answer that is not the service’s own, with a 5xx status, is retryable', async () => {
    const { every } = await answering(async () => ({ status: 503, body: {} }));
    expect(await safeFailure(every[method]())).toMatchObject({
      code: 'SECRET_STORE_FAILED',
      retryable: true,
    });
  });
});

describe('a call in trouble', () => {
  it('that was throttled once succeeds at the next try', async () => {
    const { every, calls } = await answering(async (_call, respond, nth) =>
      nth === 1 ? fault('ThrottlingException') : respond(),
    );
    expect(await every.read()).toBe(VALUE);
    expect(calls()).toBe(2);
  });

  it('whose answer was lost is sent again, and counts as stored', async () => {
    const { every, calls } = await answering(async (_call, respond, nth) => {
      const reply = await respond();
      return nth === 1 ? fault('InternalServiceError', 500) : reply;
    });
    expect(await every.putPending()).toBe('stored');
    expect(calls()).toBe(2);
  });

  it('that is never answered is given up after 10 s', async () => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
    onTestFinished(() => void vi.stubEnv('AWS_MAX_ATTEMPTS', undefined));
    const { every } = await answering(async () => 'withhold');
    const begun = Date.now();
    const errors = await Promise.all(PORT.map((method) => safeFailure(every[method]())));
    for (const error of errors)
      expect(error).toMatchObject({ code: 'SECRET_STORE_FAILED', awsError: 'TimeoutError', retryable: true });
    expect(Date.now() - begun).toBeGreaterThan(9_900);
    expect(Date.now() - begun).toBeLessThan(15_000);
  });

  it('to where nothing listens is retryable', async () => {
    const server = createServer();
    const port = await freePortOf(server);
    server.close();
    const store = secretsManagerStore(`http://127.0.0.1:${port}`);
    expect(await safeFailure(store.describe('app'))).toMatchObject({
      ...{ code: 'SECRET_STORE_FAILED', awsError: 'ECONNREFUSED', retryable: true },
    });
  });
});

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type FunctionOptions, startFunction } from '../../local/lambda/function.ts';
import { ThreadEnvironment } from '../../local/lambda/thread.ts';
import { freePortOf } from '../support/listen.ts';

const entry = join(import.meta.dirname, '../support/lambda-handlers.ts');

function start(options: Partial<FunctionOptions> = {}) {
  const lambda = startFunction({ entry, env: { GIVEN: 'yes' }, name: 'probe', ...options });
  onTestFinished(() => lambda.close());
  return lambda;
}

test('the event goes in and the result comes out as JSON', async () => {
  const lambda = start();
  const event = { do: 'echo', list: [1, null] };
  expect(await lambda.invoke({ ...event, gone: undefined })).toMatchObject({ ok: true, value: event });
  expect(await lambda.invoke({ do: 'nothing' })).toMatchObject({ ok: true, value: null });
});

test('the handler sees the given environment and Lambda’s own, not the host’s', async () => {
  const { value } = (await start().invoke({ do: 'env' })) as { value: Record<string, string> };
  expect(value['GIVEN']).toBe('yes');
  expect(value['AWS_LAMBDA_FUNCTION_NAME']).toBe('probe');
  expect(Object.keys(value).filter((name) => !name.startsWith('AWS_LAMBDA_'))).toEqual(['GIVEN']);
});

test('the context is the one of the Node.js runtime', async () => {
  const lambda = start({ timeoutMs: 5000 });
  const { value } = (await lambda.invoke({ do: 'context' })) as { value: Record<string, unknown> };
  expect(value).toMatchObject({
    functionName: 'probe',
    functionVersion: '$LATEST',
    invokedFunctionArn: lambda.arn,
    memoryLimitInMB: '256',
    logGroupName: '/aws/lambda/probe',
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(value['remaining']).toBeGreaterThan(3000);
  expect(value['remaining']).toBeLessThanOrEqual(5000);
});

test.for([
  ['fail', 'CUSTOM_CODE', 'what went wrong'],
  ['failWithText', 'string', 'a text'],
  ['exit', 'Runtime.ExitError', 'Runtime exited with error: exit status 3'],
  ['failLater', 'CUSTOM_CODE', 'nobody caught it'],
] as const)('%s gives %s', async ([action, errorType, errorMessage]) => {
  const lambda = start();
  expect(await lambda.invoke({ do: action })).toMatchObject({ ok: false, errorType, errorMessage });
  expect(await lambda.invoke({ do: 'sleep' })).toMatchObject({ ok: true, value: 'slept' });
});

test('a module that cannot be loaded fails each invocation', async () => {
  const lambda = start({ entry: join(import.meta.dirname, 'nowhere.mjs') });
  for (const _ of [1, 2])
    expect(await lambda.invoke({})).toMatchObject({
      ok: false,
      errorMessage: expect.stringContaining('nowhere.mjs'),
    });
});

test('a module without a handler is named as such', async () => {
  const lambda = start({ entry: join(import.meta.dirname, '../support/listen.ts') });
  expect(await lambda.invoke({})).toMatchObject({ ok: false, errorType: 'Runtime.HandlerNotFound' });
});

test('a time-out ends even a busy loop', async () => {
  const lambda = start({ timeoutMs: 600 });
  expect(await lambda.invoke({ do: 'spin' })).toMatchObject({
    ok: false,
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringContaining('Task timed out after 0.60 seconds'),
  });
});

test('one environment serves invocations in turn; concurrent ones get their own', async () => {
  const lambda = start();
  const values = async (count: number) =>
    Promise.all(Array.from({ length: count }, () => lambda.invoke({ do: 'count' })));
  expect(await values(1)).toMatchObject([{ value: 1 }]);
  expect(await values(1)).toMatchObject([{ value: 2 }]);
  expect(await values(3)).toMatchObject([{ value: 3 }, { value: 1 }, { value: 1 }]);
});

test('one thread takes several invocations at once, and its end ends them all', async () => {
  let thread: ThreadEnvironment | undefined;
  start({ environment: (...options) => (thread = new ThreadEnvironment(...options)) });
  const asked = ['sleep', 'echo'].map((action) => thread?.invoke({ do: action }, action));
  expect(await Promise.all(asked)).toMatchObject([
    { ok: true, value: 'slept' },
    { ok: true, value: { do: 'echo' } },
  ]);
  const hanging = ['one', 'two'].map((id) => thread?.invoke({ do: 'spin' }, id));
  await thread?.end();
  for (const answer of await Promise.all(hanging)) expect(answer).toMatchObject({ ok: false });
});

test('a kill runs no finally, closes the sockets, and the next invocation works', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => {})));
  const port = await freePortOf(server);
  const lambda = start();
  const killed = lambda.invoke({ do: 'hold', port });
  const [socket] = (await once(server, 'connection')) as [Socket];
  const closed = once(socket.resume(), 'close');
  await lambda.kill();
  expect(await killed).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' });
  await closed;
  expect(lambda.output()).toBe('');
  expect(await lambda.invoke({ do: 'count' })).toMatchObject({ ok: true, value: 1 });
  server.close();
});

test('output is complete when the invocation is, and comes in lines', async () => {
  const lambda = start();
  const lines: string[] = [];
  lambda.onLine((line) => lines.push(line));
  await lambda.invoke({ do: 'print' });
  expect(lines.sort()).toEqual(['an error line', 'half a line']);
  expect(lambda.output()).toHaveLength('half a line\nan error line\n'.length);
});

test('closing ends what still runs, and what comes after is refused', async () => {
  const lambda = start();
  const running = lambda.invoke({ do: 'spin' });
  await lambda.close();
  expect(await running).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' });
  await expect(lambda.invoke({})).rejects.toThrow('was closed');
});

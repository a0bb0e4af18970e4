/** Runs inside the worker thread, in the place of Lambda's Node.js runtime: one handler, one context for each event. */
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import { type Answer, failureOf, type Reply, type Request, type RuntimeData } from './messages.ts';

/** Since Node.js 24 the runtime knows no callbacks, so their three methods of the context are gone. */
type RuntimeContext = Omit<Context, 'done' | 'fail' | 'succeed'>;
type Handler = (event: unknown, context: RuntimeContext) => unknown;

const contextOf = ({ arn, name }: RuntimeData, { requestId, endsAt }: Request): RuntimeContext => ({
  awsRequestId: requestId,
  callbackWaitsForEmptyEventLoop: true,
  functionName: name,
  functionVersion: '$LATEST',
  invokedFunctionArn: arn,
  memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? '',
  logGroupName: process.env['AWS_LAMBDA_LOG_GROUP_NAME'] ?? '',
  logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'] ?? '',
  getRemainingTimeInMillis: () => endsAt - Date.now(),
});

async function load({ entry }: RuntimeData): Promise<Handler> {
  const { handler }: { handler?: unknown } = await import(pathToFileURL(entry).href);
  if (typeof handler !== 'function') throw runtimeError('HandlerNotFound', 'index.handler is not a function');
  if (handler.length > 2)
    throw runtimeError('CallbackHandlerDeprecated', 'Handlers with a callback ended with Node.js 24.');
  return handler as Handler;
}

const runtimeError = (type: string, message: string): Error =>
  Object.assign(new Error(message), { name: `Runtime.${type}` });

async function answer(handler: Handler, data: RuntimeData, request: Request): Promise<Answer> {
  try {
    const value = await handler(request.event, contextOf(data, request));
    return { json: JSON.stringify(value) ?? 'null' };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

/** Output travels apart from answers: when an answer is seen, all that was written before it must be, too. */
const flushed = () =>
  Promise.all(
    [process.stdout, process.stderr].map(
      (stream) => new Promise<void>((resolve) => void stream.write('', () => resolve())),
    ),
  );

const data: RuntimeData = workerData;
const handler = await load(data);
parentPort?.on('message', async (request: Request) => {
  const reply: Reply = { requestId: request.requestId, answer: await answer(handler, data, request) };
  await flushed();
  parentPort?.postMessage(reply);
});

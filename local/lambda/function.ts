/** A function as Lambda's Invoke API shows it: concurrent invocations get environments of their own. */
import { randomUUID } from 'node:crypto';
import type { Environment, Invocation, StartEnvironment } from './environment.ts';
import { ThreadEnvironment } from './thread.ts';

export interface FunctionOptions {
  /** Path of the module that exports `handler`. */
  readonly entry: string;
  /** All the environment variables there will be, besides those that Lambda itself sets. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds until an invocation is stopped; 120,000 by default. */
  readonly timeoutMs?: number;
  readonly name?: string;
  /** What the environments are; threads of this process without it. */
  readonly environment?: StartEnvironment;
}

export interface LambdaFunction extends AsyncDisposable {
  readonly arn: string;
  /** Never rejects: a handler that throws, a time-out and a killed environment are all `ok: false`. */
  invoke(event: unknown): Promise<Invocation>;
  /** Ends the environments that run an invocation, at once: no `finally` runs, their sockets close. */
  kill(): Promise<void>;
  /** All that was written to stdout and stderr so far. */
  output(): string;
  /** Calls back for each complete line of output. */
  onLine(listener: (line: string) => void): void;
  close(): Promise<void>;
}

/** Starts a first environment at once, so that it may be ready when it is needed. */
export function startFunction(options: FunctionOptions): LambdaFunction {
  const { entry, timeoutMs = 120_000, name = 'keyturn', environment = thread } = options;
  const arn = `arn:aws:lambda:${options.env['AWS_REGION'] ?? 'us-east-1'}:123456789012:function:${name}`;
  const listeners: ((line: string) => void)[] = [];
  const busy = new Set<Environment>();
  let idle: Environment[] = [];
  let text = '';
  let closed = false;

  const start = () =>
    environment(
      { entry, arn, name, timeoutMs, env: { ...options.env, ...lambdaEnv(name) } },
      {
        onText: (chunk) => {
          text += chunk;
        },
        onLine: (line) => {
          for (const listener of listeners) listener(line);
        },
      },
    );

  /** The environment used last, as Lambda prefers. */
  function take(): Environment {
    idle = idle.filter((environment) => environment.alive);
    return idle.pop() ?? start();
  }

  async function invoke(event: unknown): Promise<Invocation> {
    if (closed) throw new Error(`The function ${name} was closed.`);
    const environment = take();
    busy.add(environment);
    const invocation = await environment.invoke(event, randomUUID());
    busy.delete(environment);
    if (environment.alive) idle.push(environment);
    return invocation;
  }

  const end = async (environments: Iterable<Environment>) => {
    await Promise.all([...environments].map((environment) => environment.end()));
  };
  async function close(): Promise<void> {
    closed = true;
    await end([...busy, ...idle]);
  }

  idle.push(start());
  return {
    arn,
    invoke,
    kill: () => end(busy),
    output: () => text,
    onLine: (listener) => void listeners.push(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const thread: StartEnvironment = (options, output) => new ThreadEnvironment(options, output);

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const lambdaEnv = (name: string): Record<string, string> => ({
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: `local/[$LATEST]${randomUUID().replaceAll('-', '')}`,
});

/**
 * An execution environment that is a process, as in Lambda itself: the unzipped archive under AWS's own runtime
 * interface client, which gets its events from a Runtime API of ours.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { relative } from 'node:path';
import {
  type Environment,
  type EnvironmentOptions,
  exited,
  type Invocation,
  type OutputListener,
  readLines,
  type StartEnvironment,
  timedOut,
} from './environment.ts';
import type { Answer, Failure } from './messages.ts';
import { RuntimeApi } from './runtime-api.ts';

/** Paths. The function's `entry` lies in the task root, which is the unzipped archive. */
export interface ProcessOptions {
  readonly runtimeClient: string;
  readonly taskRoot: string;
}

export const processes =
  (options: ProcessOptions): StartEnvironment =>
  (environment, output) =>
    new ProcessEnvironment(options, environment, output);

class ProcessEnvironment implements Environment {
  readonly #timeoutMs: number;
  readonly #api: RuntimeApi;
  readonly #child: Promise<ChildProcess>;
  /** Why the environment ended, once it has. */
  #failure: Failure | undefined;
  #answered: ((answer: Answer) => void) | undefined;

  constructor(options: ProcessOptions, environment: EnvironmentOptions, output: OutputListener) {
    this.#timeoutMs = environment.timeoutMs;
    this.#api = new RuntimeApi(environment.arn, (answer) => this.#answer(answer));
    this.#child = this.#start(options, environment, output);
  }

  get alive(): boolean {
    return this.#failure === undefined;
  }

  async invoke(event: unknown, requestId: string): Promise<Invocation> {
    const startedAt = performance.now();
    const timer = setTimeout(() => this.end(timedOut(requestId, this.#timeoutMs)), this.#timeoutMs);
    const answer = await new Promise<Answer>((answered) => {
      this.#answered = answered;
      if (this.#failure !== undefined) answered({ failure: this.#failure });
      else this.#api.post({ event, requestId, endsAt: Date.now() + this.#timeoutMs });
    });
    clearTimeout(timer);
    const ms = performance.now() - startedAt;
    if ('failure' in answer) return { ok: false, ...answer.failure, ms };
    return { ok: true, value: JSON.parse(answer.json), ms };
  }

  async end(failure: Failure = exited(1)): Promise<void> {
    this.#failure ??= failure;
    const child = await this.#child;
    const gone = child.exitCode ?? child.signalCode ?? once(child, 'close');
    child.kill('SIGKILL');
    await gone;
  }

  async #start(
    { runtimeClient, taskRoot }: ProcessOptions,
    { entry, env }: EnvironmentOptions,
    output: OutputListener,
  ): Promise<ChildProcess> {
    const handler = relative(taskRoot, entry).replace(/\.mjs$/, '.handler');
    const child = spawn(process.execPath, [runtimeClient, handler], {
      cwd: taskRoot,
      env: {
        ...env,
        AWS_LAMBDA_RUNTIME_API: await this.#api.listen(),
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        LAMBDA_TASK_ROOT: taskRoot,
        _HANDLER: handler,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    readLines(child.stdout, output);
    readLines(child.stderr, output);
    child.on('close', (code) => this.#die(exited(code ?? 1)));
    return child;
  }

  #answer(answer: Answer): void {
    this.#answered?.(answer);
  }

  #die(failure: Failure): void {
    this.#failure ??= failure;
    this.#api.close();
    this.#answered?.({ failure: this.#failure });
  }
}

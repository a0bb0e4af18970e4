/**
 * An execution environment that is a worker thread of this process: quick to start, and as abrupt in its end. It takes
 * several invocations at once.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import {
  type Environment,
  type EnvironmentOptions,
  exited,
  type Invocation,
  type OutputListener,
  readLines,
  timedOut,
} from './environment.ts';
import {
  type Answer,
  type Failure,
  failureOf,
  type Reply,
  type Request,
  type RuntimeData,
} from './messages.ts';

export class ThreadEnvironment implements Environment {
  readonly #worker: Worker;
  readonly #timeoutMs: number;
  /** Why the environment ended, once it has. */
  #failure: Failure | undefined;
  /** By request id. */
  readonly #answered = new Map<string, (answer: Answer) => void>();

  constructor({ env, timeoutMs, ...data }: EnvironmentOptions, output: OutputListener) {
    this.#timeoutMs = timeoutMs;
    this.#worker = new Worker(runtime(), {
      workerData: data satisfies RuntimeData,
      env: { ...env },
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    readLines(this.#worker.stdout, output);
    readLines(this.#worker.stderr, output);
    this.#worker.on('message', ({ requestId, answer }: Reply) => this.#answered.get(requestId)?.(answer));
    this.#worker.on('error', (error) => this.#die(failureOf(error)));
    this.#worker.on('exit', (code) => this.#die(exited(code)));
  }

  get alive(): boolean {
    return this.#failure === undefined;
  }

  async invoke(event: unknown, requestId: string): Promise<Invocation> {
    const startedAt = performance.now();
    const timer = setTimeout(() => this.end(timedOut(requestId, this.#timeoutMs)), this.#timeoutMs);
    const answer = await this.#ask({ event, requestId, endsAt: Date.now() + this.#timeoutMs });
    this.#answered.delete(requestId);
    clearTimeout(timer);
    const ms = performance.now() - startedAt;
    if ('failure' in answer) return { ok: false, ...answer.failure, ms };
    return { ok: true, value: JSON.parse(answer.json), ms };
  }

  /** Returns when the thread is gone, and its sockets with it. */
  async end(failure: Failure = exited(1)): Promise<void> {
    this.#failure ??= failure;
    await this.#worker.terminate();
  }

  #ask(request: Request): Promise<Answer> {
    return new Promise((answered) => {
      this.#answered.set(request.requestId, answered);
      if (this.#failure !== undefined) answered({ failure: this.#failure });
      else this.#worker.postMessage(request);
    });
  }

  #die(failure: Failure): void {
    this.#failure ??= failure;
    for (const answered of this.#answered.values()) answered({ failure: this.#failure });
  }
}

let built: URL | undefined;

/** Built once: each thread that has to strip types loads the stripper, which costs more than all else it starts with. */
function runtime(): URL {
  built ??= dataUrl(
    buildSync({
      entryPoints: [fileURLToPath(new URL('./runtime.ts', import.meta.url))],
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
    }).outputFiles[0]?.text ?? '',
  );
  return built;
}

const dataUrl = (script: string): URL => new URL(`data:text/javascript,${encodeURIComponent(script)}`);

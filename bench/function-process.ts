/** A function in a process of its own, so that its start-up and its memory are what Lambda would see. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Answer {
  readonly ok: boolean;
  /** Why not, in a word. */
  readonly error?: string;
  /** Bytes of the bundle loaded so far, when they are counted. */
  readonly loadedBytes?: number;
}

export type Command = readonly [program: string, ...args: string[]];

/** A process that hangs is killed after this long. */
const LONGEST_MS = 120_000;
const ANSWERS = 3;

export class FunctionProcess {
  /** On the clock of `performance.now()`. */
  readonly startedAt = performance.now();
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #answers: AsyncIterator<string>;
  #errors = '';

  constructor([program, ...args]: Command, env: Readonly<Record<string, string>>) {
    const stdio = ['pipe', 'ignore', 'pipe', 'pipe'] as const;
    this.#child = spawn(program, args, { env: { ...env }, stdio: [...stdio], timeout: LONGEST_MS });
    this.#closed = once(this.#child, 'close').catch((error: Error) => {
      this.#errors += error.message;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.#child.stdin?.on('error', () => {});
    const lines = createInterface({ input: this.#child.stdio[ANSWERS] as Readable });
    this.#answers = lines[Symbol.asyncIterator]();
  }

  /** Never rejects. One at a time. */
  async invoke(event: unknown): Promise<Answer> {
    this.#child.stdin?.write(`${JSON.stringify(event)}\n`);
    const { value, done } = await this.#answers.next();
    if (!done) return JSON.parse(value);
    await this.#closed;
    return { ok: false, error: this.#errors.trim().split('\n').at(-1) || 'the process ended' };
  }

  /** The most memory it has had so far, in bytes; absent where the system does not tell. */
  peakMemory(): number | undefined {
    // Not getrusage: its figure begins with that of the process which started this one.
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
    } catch {
      return undefined;
    }
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

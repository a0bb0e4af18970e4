/** One execution environment, as Lambda's service sees it: it runs one invocation at a time, and ends for good. */
import type { Readable } from 'node:stream';
import type { Failure } from './messages.ts';

/** `ms` is the time the caller waited. */
export type Invocation = { readonly ms: number } & (
  | { readonly ok: true; readonly value: unknown }
  | ({ readonly ok: false } & Failure)
);

export interface Environment {
  readonly alive: boolean;
  /** Never rejects. */
  invoke(event: unknown, requestId: string): Promise<Invocation>;
  /** Returns when nothing of it runs any more, and its sockets are gone. */
  end(): Promise<void>;
}

export interface EnvironmentOptions {
  readonly entry: string;
  readonly arn: string;
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export type StartEnvironment = (options: EnvironmentOptions, output: OutputListener) => Environment;

export interface OutputListener {
  onText(text: string): void;
  onLine(line: string): void;
}

export function readLines(stream: Readable, { onText, onLine }: OutputListener): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    onText(text);
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}

export const timedOut = (requestId: string, ms: number): Failure => ({
  errorType: 'Sandbox.Timedout',
  errorMessage: `RequestId: ${requestId} Error: Task timed out after ${(ms / 1000).toFixed(2)} seconds`,
});

export const exited = (code: number): Failure => ({
  errorType: 'Runtime.ExitError',
  errorMessage:
    code === 0
      ? 'Runtime exited without providing a reason'
      : `Runtime exited with error: exit status ${code}`,
});

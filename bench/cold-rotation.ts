/** One whole rotation by a function that was not running before, as most are: rotations are weeks apart. */
import { setTimeout as pause } from 'node:timers/promises';
import type { FunctionOptions, LambdaFunction } from '../local/lambda/function.ts';
import type { Cast, DatabaseOnStage } from '../local/rehearsal/cast.ts';
import { FUNCTION_CALLER, startStage } from '../local/rehearsal/stage.ts';
import type { RotationEvent } from '../local/secrets-manager/rotation-types.ts';
import type { Contender } from './contender.ts';
import { type Answer, FunctionProcess } from './function-process.ts';

/** Times are ms since the function's process was started. */
export interface ColdRotation {
  /** Why it did not succeed; absent when it did. */
  readonly error?: string;
  /** When Secrets Manager had answered the function's first call. */
  readonly firstAnswerMs: number;
  /** Not a number when createSecret failed. */
  readonly createSecretMs: number;
  readonly totalMs: number;
  /** Calls of the function to Secrets Manager. */
  readonly apiCalls: number;
  /** Connections of the function to the database, and those of them that became no session. */
  readonly logins: number;
  readonly failedLogins: number;
  /** In bytes; absent where the system does not tell. */
  readonly peakMemory: number | undefined;
  /** Bytes of the bundle loaded when createSecret was done, and in the end, when they are counted. */
  readonly loadedBytes: number | undefined;
  readonly loadedInAll: number | undefined;
}

/** The server must log connections. */
export async function rotateCold(
  contender: Contender,
  database: DatabaseOnStage,
  cast: Cast,
  tag: string,
): Promise<ColdRotation> {
  const run = new Run(contender);
  await using stage = await startStage(database, {
    retries: 0,
    start: (options) => run.start(options),
    intercept: async ({ caller }, respond) => {
      const reply = await respond();
      if (caller === FUNCTION_CALLER) run.called();
      return reply;
    },
  });
  const secretArn = await stage.enter(cast, tag);
  const before = await settledLog(database);
  await stage.rotate(secretArn);
  const { error } = await stage.secrets.rotations.whenIdle(secretArn);
  const log = (await settledLog(database)).slice(before.length);
  return { ...(error !== undefined && { error }), ...run.seen(), ...loginsIn(log, database.engine) };
}

/** What is noted of the function meanwhile. */
class Run {
  readonly #contender: Contender;
  #process: FunctionProcess | undefined;
  readonly #calls: number[] = [];
  readonly #answers: (Answer & { readonly at: number })[] = [];
  #peakMemory: number | undefined;

  constructor(contender: Contender) {
    this.#contender = contender;
  }

  start(options: FunctionOptions): LambdaFunction {
    const close = async () => void (await this.#process?.end());
    return {
      arn: `arn:aws:lambda:${options.env['AWS_REGION']}:123456789012:function:bench`,
      invoke: (event) => this.#invoke(options, event),
      kill: close,
      output: () => '',
      onLine: () => {},
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  called(): void {
    this.#calls.push(performance.now());
  }

  seen(): Omit<ColdRotation, 'error' | 'logins' | 'failedLogins'> {
    const since = (at = Number.NaN) => at - (this.#process?.startedAt ?? 0);
    const [first] = this.#answers;
    return {
      firstAnswerMs: since(this.#calls[0]),
      createSecretMs: since(first?.ok ? first.at : undefined),
      totalMs: since(this.#answers.at(-1)?.at),
      apiCalls: this.#calls.length,
      peakMemory: this.#peakMemory,
      loadedBytes: first?.loadedBytes,
      loadedInAll: this.#answers.at(-1)?.loadedBytes,
    };
  }

  async #invoke(options: FunctionOptions, event: unknown): ReturnType<LambdaFunction['invoke']> {
    this.#process ??= this.#launch(options);
    const began = performance.now();
    const answer = await this.#process.invoke(event);
    const at = performance.now();
    this.#answers.push({ ...answer, at });
    this.#peakMemory = this.#process.peakMemory() ?? this.#peakMemory;
    if (answer.ok) return { ok: true, value: null, ms: at - began };
    const { Step } = event as RotationEvent;
    return { ok: false, errorType: answer.error ?? 'Error', errorMessage: `in ${Step}`, ms: at - began };
  }

  #launch({ entry, env }: FunctionOptions): FunctionProcess {
    return new FunctionProcess(this.#contender.command(entry), { ...env, ...this.#contender.env(env) });
  }
}

/** The server's log comes through a pipe, a moment late. */
async function settledLog(database: DatabaseOnStage): Promise<string> {
  let text: string;
  do {
    text = database.log();
    await pause(30);
  } while (database.log() !== text);
  return text;
}

/** Not numbers where the server does not log them. */
function loginsIn(log: string, engine: string): { logins: number; failedLogins: number } {
  const count = (message: RegExp) => log.match(message)?.length ?? 0;
  if (engine === 'redshift') return { logins: Number.NaN, failedLogins: Number.NaN };
  if (engine !== 'postgres') {
    const others = count(/ Connect\t(?!Access denied|root@)/g);
    return { logins: others, failedLogins: count(/ Connect\tAccess denied/g) };
  }
  const logins = count(/connection received:/g);
  return { logins, failedLogins: logins - count(/connection authorized:/g) };
}

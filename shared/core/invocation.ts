/**
 * The middy stack around every handler: a deadline from the time that is left, one log line, and an error scrub.
 * What fails is logged here and nowhere else, then thrown, since Secrets Manager and SQS go by the throw.
 */
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { type Deadline, deadlineIn } from './deadline.ts';
import { type KeyturnError, scrubbed } from './errors.ts';
import type { Log, LogFields } from './log.ts';

/** Collects what the invocation's log line will say. */
export type Facts = { -readonly [Field in keyof LogFields]: LogFields[Field] };

export interface Invocation {
  readonly deadline: Deadline;
  readonly startedAt: number;
  readonly facts: Facts;
  /** Of the function itself: it names the account and the Region. */
  readonly functionArn: string;
}

export function invocation<Event, Answer = void>(
  createLog: () => Log,
  run: (event: Event, invocation: Invocation) => Promise<Answer>,
) {
  const current = new WeakMap<Context, Invocation>();
  const of = (context: Context): Invocation => {
    const known = current.get(context);
    if (known !== undefined) return known;
    const begun = {
      deadline: deadlineIn(context.getRemainingTimeInMillis()),
      startedAt: Date.now(),
      facts: {},
      functionArn: context.invokedFunctionArn,
    };
    current.set(context, begun);
    return begun;
  };
  // Answering shortly before the time-out, as middy would, leaves the environment alive, and in it what is under way:
  // it would go on in the next invocation. Lambda's time-out ends both.
  return middy<Event, Answer>({ timeoutEarlyInMillis: 0 })
    .use(oneLogLine<Event, Answer>(createLog, of))
    .handler((event: Event, context: Context) => run(event, of(context)));
}

function oneLogLine<Event, Answer>(
  createLog: () => Log,
  of: (context: Context) => Invocation,
): MiddlewareObj<Event, Answer> {
  let log: Log | undefined;
  const write = (context: Context, fields: LogFields) => {
    log ??= createLog();
    const { facts, startedAt } = of(context);
    log.outcome('invocation', {
      outcome: 'succeeded',
      ...facts,
      ...fields,
      durationMs: Date.now() - startedAt,
    });
  };
  return {
    before: ({ context }) => {
      of(context);
    },
    after: ({ context }) => write(context, {}),
    onError: (request) => {
      const error = scrubbed(request.error);
      request.error = error;
      write(request.context, failure(error));
    },
  };
}

const failure = (error: KeyturnError): LogFields => ({
  outcome: 'failed',
  errorCode: error.code,
  errorMessage: error.message,
  retryable: error.retryable,
  ...(error.field !== undefined && { field: error.field }),
  ...(error.sqlState !== undefined && { sqlState: error.sqlState }),
  ...(error.awsError !== undefined && { awsError: error.awsError }),
  ...(error.code === 'INTERNAL' && error.stack !== undefined && { stack: error.stack }),
});

/** What the two sides of an execution environment tell each other. */
export interface RuntimeData {
  readonly entry: string;
  readonly arn: string;
  readonly name: string;
}

export interface Request {
  readonly event: unknown;
  readonly requestId: string;
  /** When the time-out strikes, in milliseconds since 1970. */
  readonly endsAt: number;
}

export interface Failure {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** The handler's result as JSON, or why there is none. */
export type Answer = { readonly json: string } | { readonly failure: Failure };

export interface Reply {
  readonly requestId: string;
  readonly answer: Answer;
}

/** A thrown value as Lambda reports it: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
export const failureOf = (error: unknown): Failure =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message }
    : { errorType: typeof error, errorMessage: String(error) };

/** What a rotation function is invoked with, and what can be watched of a rotation. */

export type Step = 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret';

/** @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html */
export interface RotationEvent {
  readonly Step: Step;
  /** The secret's whole ARN. */
  readonly SecretId: string;
  readonly ClientRequestToken: string;
  readonly RotationToken: string;
}

export interface FunctionResult {
  readonly ok: boolean;
  readonly errorType?: string | undefined;
  readonly errorMessage?: string | undefined;
}

/** Invokes a function and waits for its answer, as Secrets Manager does. */
export type RotationFunction = (event: RotationEvent) => Promise<FunctionResult>;

export interface StepReport {
  readonly secretArn: string;
  readonly versionId: string;
  readonly step: Step;
  /** Counts whole rotations with one version id, from 1. */
  readonly attempt: number;
  readonly phase: 'started' | 'succeeded' | 'failed';
  readonly error?: string;
  /** How long the invocation took; absent in `started`. */
  readonly ms?: number;
}

export interface RotationOutcome {
  readonly secretArn: string;
  readonly versionId: string;
  /** `test` is what RotateSecret does with `RotateImmediately: false`. */
  readonly kind: 'rotation' | 'test';
  /**
   * - `abandoned`: a value put as AWSCURRENT from outside, or a newer rotation, took over.
   * - `stopped`: the model was closed.
   */
  readonly status: 'succeeded' | 'failed' | 'abandoned' | 'cancelled' | 'stopped';
  readonly attempts: number;
  /** Why the last attempt failed, or all of them. */
  readonly error: string | undefined;
}

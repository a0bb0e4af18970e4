/**
 * One rotation of one secret to one version: the function is invoked step by step, and when any step fails, all
 * steps again with the same version id.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_how.html
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Redacted } from '../../shared/core/redacted.ts';
import { CURRENT } from './labels.ts';
import type {
  FunctionResult,
  RotationFunction,
  RotationOutcome,
  Step,
  StepReport,
} from './rotation-types.ts';
import type { Secret } from './secret.ts';

export interface RotationPlan {
  readonly secret: Secret;
  readonly versionId: string;
  readonly kind: RotationOutcome['kind'];
  readonly functions: ReadonlyMap<string, RotationFunction>;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly report: (report: StepReport) => void;
}

type Interruption = 'stopped' | 'abandoned' | 'cancelled';

const STEPS = {
  rotation: ['createSecret', 'setSecret', 'testSecret', 'finishSecret'],
  test: ['testSecret'],
} as const satisfies Record<RotationPlan['kind'], readonly Step[]>;

export class Rotation {
  readonly #plan: RotationPlan;
  readonly #token = new Redacted<string>(randomUUID());
  readonly #stop = new AbortController();
  readonly #stopped = Promise.withResolvers<FunctionResult>();
  #interruption: Interruption | undefined;

  constructor(plan: RotationPlan) {
    this.#plan = plan;
  }

  get versionId(): string {
    return this.#plan.versionId;
  }

  get kind(): RotationPlan['kind'] {
    return this.#plan.kind;
  }

  /** Whether this is the RotationToken that the function was invoked with. */
  hasToken(token: string | undefined): boolean {
    return token !== undefined && this.#token.equals(new Redacted(token));
  }

  /** No further step begins. */
  end(how: Interruption): void {
    this.#interruption ??= how;
    this.#stop.abort();
  }

  /** As `end`, without waiting for the step under way either. */
  stop(): void {
    this.end('stopped');
    this.#stopped.resolve({ ok: false, errorType: 'Stopped' });
  }

  async run(): Promise<RotationOutcome> {
    const most = this.#plan.kind === 'test' ? 1 : 1 + this.#plan.retries;
    for (let attempt = 1; ; attempt++) {
      const error = await this.#attempt(attempt);
      if (error === undefined) return this.#outcome('succeeded', attempt, error);
      if (attempt < most) await this.#delay();
      const status = this.#interruption ?? (attempt === most ? 'failed' : undefined);
      if (status !== undefined) return this.#outcome(status, attempt, error);
    }
  }

  #outcome(status: RotationOutcome['status'], attempts: number, error: string | undefined): RotationOutcome {
    const { secret, versionId, kind } = this.#plan;
    return { secretArn: secret.arn, versionId, kind, status, attempts, error };
  }

  /** @returns why the attempt failed; `undefined` when it succeeded. */
  async #attempt(attempt: number): Promise<string | undefined> {
    const { secret, versionId, kind } = this.#plan;
    for (const step of STEPS[kind]) {
      if (this.#interruption !== undefined) return `The rotation was ${this.#interruption}.`;
      const error = await this.#step(step, attempt);
      if (error !== undefined) return error;
    }
    if (kind === 'test' || secret.labels.get(CURRENT) === versionId) return undefined;
    return 'finishSecret returned, but AWSCURRENT is not on the pending version.';
  }

  async #step(step: Step, attempt: number): Promise<string | undefined> {
    const { secret, versionId, report } = this.#plan;
    const facts = { secretArn: secret.arn, versionId, step, attempt };
    report({ ...facts, phase: 'started' });
    const begin = performance.now();
    const error = errorOf(await this.#invoke(step)) ?? unprovenError(secret, versionId);
    const ms = performance.now() - begin;
    report(
      error === undefined ? { ...facts, phase: 'succeeded', ms } : { ...facts, phase: 'failed', error, ms },
    );
    return error;
  }

  #invoke(step: Step): Promise<FunctionResult> {
    const { secret, versionId, functions } = this.#plan;
    const invoke = functions.get(secret.rotation?.functionArn ?? '');
    if (invoke === undefined) return Promise.resolve({ ok: false, errorType: 'ResourceNotFoundException' });
    const event = { Step: step, SecretId: secret.arn, ClientRequestToken: versionId };
    const answer = invoke({ ...event, RotationToken: this.#token.reveal() }).catch(thrown);
    return Promise.race([answer, this.#stopped.promise]);
  }

  async #delay(): Promise<void> {
    await setTimeout(this.#plan.retryDelayMs, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}

function errorOf({ ok, errorType = 'Error', errorMessage }: FunctionResult): string | undefined {
  if (ok) return undefined;
  return errorMessage === undefined ? errorType : `${errorType}: ${errorMessage}`;
}

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html
function unprovenError(secret: Secret, versionId: string): string | undefined {
  if (secret.versions.get(versionId)?.unproven !== true) return undefined;
  return `Pending secret version ${versionId} for Secret ${secret.arn} was not created by Lambda ${secret.rotation?.functionArn}. Remove the AWSPENDING staging label and restart rotation.`;
}

/** The function could not be invoked at all; the error's text stays out, for it could hold anything. */
const thrown = (error: unknown): FunctionResult => ({
  ok: false,
  errorType: error instanceof Error ? error.name : 'Error',
});

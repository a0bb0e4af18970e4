/** What Secrets Manager does by itself after RotateSecret, for all secrets. At most one rotation runs for each. */
import { setImmediate } from 'node:timers/promises';
import { attach, CURRENT, PENDING } from './labels.ts';
import type { Model } from './model.ts';
import { Rotation, type RotationPlan } from './rotation.ts';
import type { RotationFunction, RotationOutcome, StepReport } from './rotation-types.ts';
import type { Secret } from './secret.ts';
import { addVersion } from './versions.ts';

export interface RotationsOptions {
  readonly functions: ReadonlyMap<string, RotationFunction>;
  /** How often a failed rotation is repeated. AWS publishes neither the number nor the delay. */
  readonly retries: number;
  readonly retryDelayMs: number;
  /**
   * Where AWSPENDING is when a rotation has succeeded; both are legal. `removed`: the call that moves AWSCURRENT
   * takes it off, as the user guide says. `left-on-current`: where the function left it.
   */
  readonly pendingAfterSuccess: 'removed' | 'left-on-current';
  /** Whether a rotation fails whose value was put without its RotationToken. */
  readonly requireRotationToken: boolean;
  readonly onNews?: (news: RotationNews) => void;
}

/** What Secrets Manager tells of a rotation. */
export interface RotationNews {
  readonly secretArn: string;
  readonly versionId: string;
  /** `RotationStarted`, `TestRotationFailed` … */
  readonly name: string;
  readonly error: string | undefined;
}

interface Running {
  readonly rotation: Rotation;
  readonly done: Promise<void>;
}

/** A model that is closed, or a rotation that is cancelled, tells nothing. */
const ENDINGS: Readonly<Record<RotationOutcome['status'], string | undefined>> = {
  succeeded: 'Succeeded',
  failed: 'Failed',
  abandoned: 'Abandoned',
  cancelled: undefined,
  stopped: undefined,
};

export class Rotations {
  readonly #model: Model;
  readonly #options: RotationsOptions;
  /** By ARN, like the outcomes, of which the latest is last. */
  readonly #running = new Map<string, Running>();
  readonly #outcomes = new Map<string, RotationOutcome>();
  readonly #listeners = new Set<(report: StepReport) => void>();

  constructor(model: Model, options: RotationsOptions) {
    this.#model = model;
    this.#options = options;
  }

  /** @returns a function that ends the listening. */
  onStep(listener: (report: StepReport) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Waits until no rotation of the secret, or of any, runs.
   * @returns how the last one ended. @throws Error when there never was one.
   */
  async whenIdle(secretArn?: string): Promise<RotationOutcome> {
    const next = () =>
      secretArn === undefined ? this.#running.values().next().value : this.#running.get(secretArn);
    for (let one = next(); one !== undefined; one = next()) await one.done;
    const outcome =
      secretArn === undefined ? [...this.#outcomes.values()].at(-1) : this.#outcomes.get(secretArn);
    if (outcome === undefined) throw new Error(`No rotation was started for ${secretArn ?? 'any secret'}.`);
    return outcome;
  }

  canInvoke(functionArn: string): boolean {
    return this.#options.functions.has(functionArn);
  }

  isRunning(secret: Secret, versionId: string): boolean {
    return this.#running.get(secret.arn)?.rotation.versionId === versionId;
  }

  /** Makes the empty version with AWSPENDING and rotates to it in the background. */
  start(secret: Secret, versionId: string): void {
    addVersion(secret, { id: versionId, value: undefined, createdAt: this.#model.now() });
    attach(secret, PENDING, versionId);
    this.#run(secret, versionId, 'rotation');
  }

  /**
   * Tests the configuration on a copy of the current value.
   * @see https://github.com/getmoto/moto/issues/8512 for the copy, which AWS does not document
   */
  startTest(secret: Secret, versionId: string): void {
    const value = secret.versions.get(secret.labels.get(CURRENT) ?? '')?.value;
    addVersion(secret, { id: versionId, value, createdAt: this.#model.now() });
    attach(secret, PENDING, versionId);
    this.#run(secret, versionId, 'test');
  }

  /** Takes up a rotation again that never finished, unless it still runs. */
  reattempt(secret: Secret, versionId: string): void {
    if (!this.isRunning(secret, versionId)) this.#run(secret, versionId, 'rotation');
  }

  /** Ends the secret's rotation, if one runs, after the step under way. */
  end(secret: Secret, how: 'abandoned' | 'cancelled'): void {
    this.#running.get(secret.arn)?.rotation.end(how);
  }

  /** Whether a value put with this token counts as the rotation function's own. */
  isProven(secret: Secret, versionId: string, token: string | undefined): boolean {
    const running = this.#running.get(secret.arn);
    if (!this.#options.requireRotationToken || running?.rotation.versionId !== versionId) return true;
    return running.rotation.hasToken(token);
  }

  /** AWSCURRENT has moved; the same call takes AWSPENDING off the version that was being rotated to. */
  promoted(secret: Secret, versionId: string): void {
    if (this.isRunning(secret, versionId)) this.#cleanUp(secret, versionId);
  }

  /** Steps under way are not waited for. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { rotation } of running) rotation.stop();
    await Promise.all(running.map(({ done }) => done));
  }

  #run(secret: Secret, versionId: string, kind: RotationPlan['kind']): void {
    this.end(secret, 'abandoned');
    const report = (step: StepReport) => {
      for (const listener of this.#listeners) listener(step);
    };
    const rotation = new Rotation({ ...this.#options, secret, versionId, kind, report });
    this.#running.set(secret.arn, { rotation, done: this.#drive(secret, rotation) });
  }

  async #drive(secret: Secret, rotation: Rotation): Promise<void> {
    // RotateSecret answers before the first step.
    await setImmediate();
    this.#tell(secret, rotation.versionId, rotation.kind, 'Started');
    const outcome = await rotation.run();
    this.#record(secret, outcome);
    const { versionId, kind, status, error } = outcome;
    const ending = ENDINGS[status];
    if (ending !== undefined)
      this.#tell(secret, versionId, kind, ending, ending === 'Failed' ? error : undefined);
    if (this.#running.get(secret.arn)?.rotation === rotation) this.#running.delete(secret.arn);
  }

  #tell(secret: Secret, versionId: string, kind: RotationPlan['kind'], what: string, error?: string): void {
    const name = `${kind === 'test' ? 'Test' : ''}Rotation${what}`;
    this.#options.onNews?.({ secretArn: secret.arn, versionId, name, error });
  }

  #record(secret: Secret, outcome: RotationOutcome): void {
    this.#outcomes.delete(secret.arn);
    this.#outcomes.set(secret.arn, outcome);
    if (outcome.kind === 'test') this.#removeTestVersion(secret, outcome.versionId);
    else if (outcome.status === 'succeeded') this.#recordSuccess(secret, outcome.versionId);
  }

  #recordSuccess(secret: Secret, versionId: string): void {
    this.#cleanUp(secret, versionId);
    if (secret.rotation !== undefined) secret.rotation = { ...secret.rotation, rotatedAt: this.#model.now() };
    this.#model.changed(secret);
  }

  #removeTestVersion(secret: Secret, versionId: string): void {
    if (secret.labels.get(PENDING) === versionId) secret.labels.delete(PENDING);
    secret.versions.delete(versionId);
    this.#model.changed(secret);
  }

  #cleanUp(secret: Secret, versionId: string): void {
    const removed = this.#options.pendingAfterSuccess === 'removed';
    if (removed && secret.labels.get(PENDING) === versionId) secret.labels.delete(PENDING);
  }
}

/**
 * Copies of secrets in other Regions. A copy follows its secret and is written by nobody else, until it is made a secret
 * of its own. How long that takes AWS does not say: here it is the next turn of the event loop.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
 */
import { setImmediate } from 'node:timers/promises';
import { invalidParameter, invalidRequest } from './errors.ts';
import type { Model } from './model.ts';
import { regionOf, withRegion } from './names.ts';
import { copyOf, type ReplicaState, type Secret } from './secret.ts';

export interface ReplicaTarget {
  readonly Region: string;
  readonly KmsKeyId?: string | undefined;
}

/** What Secrets Manager tells of a replication. */
export interface ReplicationNews {
  readonly secretArn: string;
  /** `ReplicationStarted`, `ReplicationFailed` … */
  readonly name: string;
}

export class Replication {
  readonly #modelIn: (region: string) => Model;
  readonly #tell: (news: ReplicationNews) => void;

  /** @param modelIn the model of a Region, which is made if it is not there. */
  constructor(modelIn: (region: string) => Model, tell: (news: ReplicationNews) => void = () => {}) {
    this.#modelIn = modelIn;
    this.#tell = tell;
  }

  /**
   * @param overwrite whether a secret of the same name there goes; else the replication fails, and the call does not.
   * @throws ServiceError InvalidParameterException when a target is the secret's own Region.
   */
  start(secret: Secret, targets: readonly ReplicaTarget[], overwrite: boolean): void {
    if (targets.some(({ Region }) => Region === regionOf(secret.arn)))
      throw invalidParameter('Invalid replica region.');
    for (const { Region, KmsKeyId } of targets) {
      secret.replicas.set(Region, { kmsKeyId: KmsKeyId, status: 'InProgress', message: undefined });
      void this.#copy(secret, Region, overwrite);
    }
  }

  /** Its copies are now as the secret is. */
  follow(secret: Secret): void {
    for (const [region, { status }] of secret.replicas) {
      const model = this.#modelIn(region);
      const copy = model.find(withRegion(secret.arn, region));
      if (status !== 'InSync' || copy === undefined) continue;
      model.adopt(this.#replica(secret, region));
    }
  }

  remove(secret: Secret, regions: readonly string[]): void {
    for (const region of regions) {
      const copy = this.#modelIn(region).find(withRegion(secret.arn, region));
      if (secret.replicas.get(region)?.status === 'InSync' && copy !== undefined)
        this.#modelIn(region).remove(copy);
      secret.replicas.delete(region);
    }
  }

  /** Makes a copy a secret of its own. @throws ServiceError InvalidRequestException when it is none. */
  promote(copy: Secret): void {
    if (copy.primaryRegion === undefined) throw invalidRequest('The secret is not a replica.');
    const source = this.#modelIn(copy.primaryRegion).find(withRegion(copy.arn, copy.primaryRegion));
    source?.replicas.delete(regionOf(copy.arn));
    copy.primaryRegion = undefined;
  }

  async #copy(secret: Secret, region: string, overwrite: boolean): Promise<void> {
    this.#tell({ secretArn: secret.arn, name: 'ReplicationStarted' });
    await setImmediate();
    const state = secret.replicas.get(region);
    if (state === undefined) return;
    const model = this.#modelIn(region);
    const there = model.find(secret.name);
    if (there !== undefined && !overwrite) {
      const message = `Replication failed: Secret name ${secret.name} already exists in region ${region}.`;
      this.#end(secret, region, { ...state, status: 'Failed', message });
      return;
    }
    if (there !== undefined) model.remove(there);
    model.adopt(this.#replica(secret, region));
    this.#end(secret, region, { ...state, status: 'InSync', message: 'Replication succeeded' });
  }

  #end(secret: Secret, region: string, state: ReplicaState): void {
    secret.replicas.set(region, state);
    this.#tell({
      secretArn: secret.arn,
      name: state.status === 'Failed' ? 'ReplicationFailed' : 'ReplicationSucceeded',
    });
  }

  /** Rotation stays with the secret itself. */
  #replica(secret: Secret, region: string): Secret {
    return {
      ...copyOf(secret),
      arn: withRegion(secret.arn, region),
      kmsKeyId: secret.replicas.get(region)?.kmsKeyId,
      primaryRegion: regionOf(secret.arn),
      replicas: new Map(),
      rotation: undefined,
    };
  }
}

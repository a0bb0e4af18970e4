/**
 * Copies of secrets in other Regions. A copy follows its secret and is written by nobody else, until it is made a secret
 * of its own. How long that takes AWS does not say: here a first copy takes the next turn of the event loop, a change no
 * time at all, and both as long as a test says.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
 */
import { setImmediate } from 'node:timers/promises';
import { invalidParameter, invalidRequest } from './errors.ts';
import type { Model } from './model.ts';
import { regionOf, withRegion } from './names.ts';
import { copyOf, type Secret } from './secret.ts';

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

/** When a copy, or a change of it, lands in a Region. A text is why the replication fails instead. */
export type Landing = (region: string) => Promise<string | undefined>;

export interface ReplicationOptions {
  readonly tell?: (news: ReplicationNews) => void;
  readonly landing?: Landing | undefined;
}

export class Replication {
  readonly #modelIn: (region: string) => Model;
  readonly #tell: (news: ReplicationNews) => void;
  readonly #landing: Landing | undefined;

  /** @param modelIn the model of a Region, which is made if it is not there. */
  constructor(modelIn: (region: string) => Model, { tell = () => {}, landing }: ReplicationOptions = {}) {
    this.#modelIn = modelIn;
    this.#tell = tell;
    this.#landing = landing;
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

  /** Its copies are now as the secret is, or will be. One that is under way lands with this change too. */
  follow(secret: Secret): void {
    for (const [region, state] of secret.replicas) {
      const model = this.#modelIn(region);
      const copy = model.find(withRegion(secret.arn, region));
      if (state.status !== 'InSync' || copy === undefined) continue;
      if (this.#landing === undefined) {
        model.adopt(this.#replica(secret, region));
        continue;
      }
      secret.replicas.set(region, { ...state, status: 'InProgress', message: undefined });
      void this.#change(secret, region, this.#landing(region));
    }
  }

  remove(secret: Secret, regions: readonly string[]): void {
    for (const region of regions) {
      const copy = this.#modelIn(region).find(withRegion(secret.arn, region));
      if (copy !== undefined) this.#modelIn(region).remove(copy);
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
    const failure = await (this.#landing?.(region) ?? setImmediate(undefined));
    if (!secret.replicas.has(region)) return;
    const there = this.#modelIn(region).find(secret.name);
    const inTheWay = there !== undefined && !overwrite && there.primaryRegion !== regionOf(secret.arn);
    const nameTaken = `Replication failed: Secret name ${secret.name} already exists in region ${region}.`;
    const message = failure ?? (inTheWay ? nameTaken : undefined);
    if (message === undefined && there !== undefined) this.#modelIn(region).remove(there);
    this.#land(secret, region, message);
    this.#tell({
      secretArn: secret.arn,
      name: message === undefined ? 'ReplicationSucceeded' : 'ReplicationFailed',
    });
  }

  async #change(secret: Secret, region: string, landing: Promise<string | undefined>): Promise<void> {
    const failure = await landing;
    if (secret.replicas.has(region)) this.#land(secret, region, failure);
  }

  #land(secret: Secret, region: string, failure: string | undefined): void {
    const kmsKeyId = secret.replicas.get(region)?.kmsKeyId;
    if (failure === undefined) this.#modelIn(region).adopt(this.#replica(secret, region));
    secret.replicas.set(
      region,
      failure === undefined
        ? { kmsKeyId, status: 'InSync', message: 'Replication succeeded' }
        : { kmsKeyId, status: 'Failed', message: failure },
    );
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

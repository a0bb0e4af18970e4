/** The secrets of one account and Region, and how they are found and read. */
import { randomUUID } from 'node:crypto';
import { invalidParameter, invalidRequest, secretNotFound } from './errors.ts';
import { attach, CURRENT } from './labels.ts';
import { arnOf, matches } from './names.ts';
import { copyOf, type Secret } from './secret.ts';
import { addVersion, readValue, type ValueInput } from './versions.ts';

export interface ModelOptions {
  readonly region: string;
  readonly accountId: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Reads see the secret as it was this long ago, in ms: all changes are eventually consistent. */
  readonly staleReadsMs: number;
  readonly onChange?: (secret: Secret) => void;
}

export interface SecretInput extends ValueInput {
  readonly name: string;
  /** With a random suffix of the model's own without it. */
  readonly arn?: string;
  readonly description?: string | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly owningService?: string | undefined;
  readonly tags?: ReadonlyMap<string, string> | undefined;
  /** The first version's id, used only with a value. */
  readonly versionId?: string | undefined;
}

export class Model {
  readonly #options: ModelOptions;
  readonly #secrets = new Map<string, Secret>();
  /** Former states by ARN, oldest first, for stale reads. */
  readonly #history = new Map<string, Secret[]>();

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  now(): number {
    return this.#options.now();
  }

  /**
   * Creates a secret whose first version, if the input has a value, is AWSCURRENT. With `owningService` it is one
   * that an AWS service keeps for the account, which no call can make.
   */
  create(input: SecretInput): Secret {
    const secret = this.#blank(input);
    const value = readValue(input);
    if (value !== undefined) {
      const id = input.versionId ?? randomUUID();
      addVersion(secret, { id, value, createdAt: secret.createdAt });
      attach(secret, CURRENT, id);
    }
    this.#secrets.set(secret.arn, secret);
    this.changed(secret);
    return secret;
  }

  /** Every secret, also those marked for deletion. */
  all(): Secret[] {
    return [...this.#secrets.values()].filter(({ deletedAt = Infinity }) => deletedAt > this.now());
  }

  /** Takes a copy of another Region's secret in, in the place of the one before. */
  adopt(copy: Secret): void {
    this.#secrets.set(copy.arn, copy);
    this.changed(copy);
  }

  remove(secret: Secret): void {
    this.#secrets.delete(secret.arn);
    this.#history.delete(secret.arn);
  }

  /** By name, ARN, or ARN without the random suffix; also when marked for deletion. */
  find(secretId: string): Secret | undefined {
    const all = this.all();
    return all.find(({ arn }) => arn === secretId) ?? all.find((one) => matches(one, secretId));
  }

  /** As `find`. @throws ServiceError ResourceNotFoundException */
  get(secretId: string): Secret {
    const secret = this.find(secretId);
    if (secret === undefined) throw secretNotFound();
    return secret;
  }

  /** @throws ServiceError ResourceNotFoundException, InvalidRequestException when marked for deletion. */
  live(secretId: string): Secret {
    const secret = this.get(secretId);
    if (secret.deletedAt !== undefined)
      throw invalidRequest(
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    return secret;
  }

  /**
   * @throws ServiceError as `live`, InvalidRequestException when an AWS service owns the secret, and
   * InvalidParameterException when it is a copy of another Region's.
   */
  writable(secretId: string): Secret {
    const secret = this.live(secretId);
    if (secret.owningService !== undefined)
      throw invalidRequest(
        'The secret is managed by another service, and you must use that service to update it.',
      );
    if (secret.primaryRegion !== undefined)
      throw invalidParameter(
        "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
      );
    return secret;
  }

  /** The secret as a reader sees it, which may be a former state. */
  seen(secret: Secret): Secret {
    if (this.#options.staleReadsMs === 0) return secret;
    const history = this.#history.get(secret.arn) ?? [];
    return history.findLast(({ changedAt }) => changedAt <= this.#staleBefore()) ?? history[0] ?? secret;
  }

  /** Every change of a secret ends here. */
  changed(secret: Secret): void {
    secret.changedAt = this.now();
    this.#options.onChange?.(secret);
    if (this.#options.staleReadsMs === 0) return;
    const history = this.#history.get(secret.arn) ?? [];
    const visible = history.findLastIndex(({ changedAt }) => changedAt <= this.#staleBefore());
    this.#history.set(secret.arn, [...history.slice(Math.max(0, visible)), copyOf(secret)]);
  }

  #staleBefore(): number {
    return this.now() - this.#options.staleReadsMs;
  }

  #blank({ name, arn, description, kmsKeyId, owningService, tags }: SecretInput): Secret {
    const now = this.now();
    return {
      ...{
        arn: arn ?? arnOf(this.#options, name),
        name,
        description,
        kmsKeyId,
        owningService,
        policy: undefined,
      },
      ...{ createdAt: now, changedAt: now, accessedAt: undefined, deletedAt: undefined },
      ...{ tags: new Map(tags), versions: new Map(), labels: new Map(), rotation: undefined },
      ...{ replicas: new Map(), primaryRegion: undefined },
    };
  }
}

/** Secrets Manager of one account: a service in each Region, of which all but the home one begin with a first copy. */
import { Trail } from '../cloudtrail/trail.ts';
import type { EventBus } from '../event-bus.ts';
import type { Service } from './actions/action.ts';
import { Model } from './model.ts';
import { type Landing, Replication } from './replication.ts';
import type { RotationFunction } from './rotation-types.ts';
import { Rotations, type RotationsOptions } from './rotations.ts';

export interface AccountOptions extends Partial<Omit<RotationsOptions, 'functions' | 'onNews'>> {
  /** The rotation functions that Secrets Manager may invoke, by ARN. Looked up at each use. */
  readonly functions?: Map<string, RotationFunction>;
  /** The home Region. */
  readonly region?: string;
  readonly accountId?: string;
  /** See `ModelOptions`; 0 without it. */
  readonly staleReadsMs?: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Gets a record of every call, and what Secrets Manager tells by itself. */
  readonly bus?: EventBus;
  /** See `Landing`; soon without it. */
  readonly landing?: Landing;
  /** See `TrailOptions`; true without it. */
  readonly batchFanOut?: boolean;
}

export interface RegionalService extends Service {
  readonly trail: Trail | undefined;
}

export class Account {
  readonly #options: AccountOptions;
  readonly #services = new Map<string, RegionalService>();
  readonly id: string;
  readonly home: RegionalService;

  constructor(options: AccountOptions & { readonly accountId: string }) {
    this.#options = options;
    this.id = options.accountId;
    this.home = this.#serviceIn(options.region ?? 'eu-central-1');
  }

  /** @returns the home service for a Region in which no secret was ever copied: whatever a caller signs for. */
  at(region: string): RegionalService {
    return this.#services.get(region) ?? this.home;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#services.values()].map(({ rotations }) => rotations.close()));
  }

  #serviceIn(region: string): RegionalService {
    const known = this.#services.get(region);
    if (known !== undefined) return known;
    const service = this.#make(region);
    this.#services.set(region, service);
    return service;
  }

  #make(region: string): RegionalService {
    const { now = Date.now, staleReadsMs = 0, landing } = this.#options;
    const trail = this.#trailIn(region, now);
    const replication = new Replication((other) => this.#serviceIn(other).model, {
      landing,
      tell: (news) => trail?.replication(news),
    });
    const model = new Model({
      ...{ region, accountId: this.id, now, staleReadsMs },
      onChange: (secret) => {
        trail?.changed(secret);
        replication.follow(secret);
      },
    });
    return { model, rotations: this.#rotationsOf(model, trail), replication, trail };
  }

  #trailIn(region: string, now: () => number): Trail | undefined {
    const { bus, batchFanOut = true } = this.#options;
    return bus && new Trail({ bus, region, accountId: this.id, now, batchFanOut });
  }

  #rotationsOf(model: Model, trail: Trail | undefined): Rotations {
    const { functions, retries, retryDelayMs, pendingAfterSuccess, requireRotationToken } = this.#options;
    return new Rotations(model, {
      functions: functions ?? new Map(),
      retries: retries ?? 2,
      retryDelayMs: retryDelayMs ?? 100,
      pendingAfterSuccess: pendingAfterSuccess ?? 'removed',
      requireRotationToken: requireRotationToken ?? false,
      ...(trail !== undefined && { onNews: (news) => trail.rotation(news) }),
    });
  }
}

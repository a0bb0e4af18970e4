/** A secret as a list of secrets has it; no value was read. All times are milliseconds since 1970. */
export interface ListedSecret {
  readonly arn: string;
  readonly name: string;
  readonly kmsKeyId: string | undefined;
  readonly rotationEnabled: boolean;
  readonly rotationFunction: string | undefined;
  /** Days between rotations; undefined for a schedule in another form. */
  readonly rotationDays: number | undefined;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly rotatedAt: number | undefined;
  /** The day it was last read. */
  readonly accessedAt: number | undefined;
  readonly nextRotationAt: number | undefined;
  readonly tags: ReadonlyMap<string, string>;
  /** The version that holds AWSPENDING and not AWSCURRENT. */
  readonly pendingVersion: string | undefined;
  /** The AWS service that rotates it by itself. */
  readonly owningService: string | undefined;
  /** Where a secret that has replicas is kept itself; undefined for one that has none. */
  readonly primaryRegion: string | undefined;
}

export interface Replica {
  readonly region: string;
  readonly status: 'InSync' | 'InProgress' | 'Failed';
}

export interface InventoryPage {
  readonly secrets: readonly ListedSecret[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined;
}

/** The secrets of the account and Region. */
export interface SecretInventory {
  /**
   * @param from `next` of the page before; undefined for the first.
   * @returns undefined when the service no longer knows where that was: the list is to be begun again.
   * @throws KeyturnError SECRET_STORE_FAILED, as all of it does.
   */
  page(from: string | undefined): Promise<InventoryPage | undefined>;

  /** The copies of a secret in other Regions. */
  replicas(arn: string): Promise<readonly Replica[]>;

  /** Reads the canary, and forgets what it read. */
  readCanary(name: string): Promise<void>;
}

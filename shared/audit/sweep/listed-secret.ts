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
  /** Whether a version holds AWSPENDING and not AWSCURRENT. */
  readonly isPending: boolean;
  /** The AWS service that rotates it by itself. */
  readonly owningService: string | undefined;
}

export interface InventoryPage {
  readonly secrets: readonly ListedSecret[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined;
}

/** The secrets of the account and Region. */
export interface SecretInventory {
  /** @param from `next` of the page before; undefined for the first. @throws when the service does not answer. */
  page(from: string | undefined): Promise<InventoryPage>;

  /** Reads the canary, and forgets what it read. */
  readCanary(name: string): Promise<void>;
}

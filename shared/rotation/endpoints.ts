/** What only the database service's own API knows about hosts. */

export interface Endpoint {
  readonly engine: string;
  readonly host: string;
  readonly port: number;
}

/** A service-managed secret, as far as it says whose it is. */
export interface ManagedSecret {
  readonly arn: string;
  readonly tags: ReadonlyMap<string, string>;
}

export interface Endpoints {
  /**
   * The writer endpoint of the database that a service-managed superuser secret belongs to; such a secret holds
   * only user name and password, and says in its system tags whose it is.
   * @throws KeyturnError SUPERUSER_SECRET_INVALID, RDS_API_FAILED, REDSHIFT_API_FAILED
   */
  ofManagedSecret(secret: ManagedSecret): Promise<Endpoint>;
  /** Whether `writer` is the writer of the database or cluster that `host` belongs to. */
  isWriterOf(writer: string, host: string): Promise<boolean>;
  /** The name of a Blue/Green deployment whose source is the database at `host`; `undefined` if there is none. */
  blueGreenDeploymentOf(host: string): Promise<string | undefined>;
}

/** Secrets Manager as a rotation needs it: one method for each API call used. */
import type { Redacted } from '../core/redacted.ts';

export type Stage = 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS';

export type ReplicaStatus = 'InSync' | 'InProgress' | 'Failed';

export interface SecretDescription {
  readonly arn: string;
  readonly name: string;
  /** Absent when rotation was never configured. */
  readonly rotationEnabled: boolean | undefined;
  /** ARN of the rotation function; absent when rotation was never configured. */
  readonly rotationFunction: string | undefined;
  /** The AWS service that owns the secret, e.g. `rds`. */
  readonly owningService: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  /** Staging labels by version id; versions without a label are not listed. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
  /** How its copies in other Regions are, by Region. */
  readonly replicas: ReadonlyMap<string, ReplicaStatus>;
}

export interface SecretReader {
  /** @throws KeyturnError SECRET_NOT_FOUND, SECRET_STORE_FAILED */
  describe(secretId: string): Promise<SecretDescription>;
  /**
   * Reads one version's text and hands it to `parse`, so that nothing else ever sees it bare.
   * @returns what `parse` made of it; `undefined` when that version or stage has no value (yet): Secrets Manager
   * makes the version id of AWSPENDING before it has one.
   * @throws KeyturnError SECRET_INVALID for a binary secret, SECRET_STORE_FAILED, and what `parse` throws
   */
  read<T>(
    secretId: string,
    which: { stage: Stage } | { versionId: string },
    parse: (text: string) => T,
  ): Promise<T | undefined>;
}

export interface SecretStore extends SecretReader {
  /**
   * Stores the value of AWSPENDING under this version id. A version's value can never be changed afterwards.
   * @returns `exists` when the version already has another value: another attempt won.
   */
  putPending(
    secretId: string,
    versionId: string,
    text: Redacted,
    rotationToken: Redacted | undefined,
  ): Promise<'stored' | 'exists'>;
  /**
   * Moves AWSCURRENT as a compare-and-swap; Secrets Manager moves AWSPREVIOUS with it.
   * @returns `conflict` when AWSCURRENT was not on `from`.
   */
  moveCurrent(
    secretId: string,
    move: { to: string; from: string | undefined },
  ): Promise<'moved' | 'conflict'>;
  removePending(secretId: string, versionId: string): Promise<void>;
}

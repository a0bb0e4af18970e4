/** A secret's state. Versions never change, except that an empty one is filled; labels say which is which. */
import type { Redacted } from '../../shared/core/redacted.ts';
import type { RotationRules } from './schedule.ts';

export interface Value {
  readonly field: 'SecretString' | 'SecretBinary';
  /** Text, or Base64 of the bytes. */
  readonly content: Redacted;
}

export interface Version {
  readonly id: string;
  /** Absent in the version that RotateSecret makes, until createSecret puts one. */
  readonly value: Value | undefined;
  readonly createdAt: number;
  /** The day it was last read; absent when it never was. */
  readonly accessedAt?: number;
  /** Put during a rotation without that rotation's token, where the token is required. */
  readonly unproven?: boolean;
}

export interface RotationSettings {
  readonly enabled: boolean;
  readonly functionArn: string;
  readonly rules: RotationRules | undefined;
  readonly rotatedAt: number | undefined;
}

/** Times are epoch milliseconds. */
export interface Secret {
  readonly arn: string;
  readonly name: string;
  description: string | undefined;
  kmsKeyId: string | undefined;
  /** JSON of its resource policy. */
  policy: string | undefined;
  /** The AWS service that alone may write it, e.g. `rds`. */
  readonly owningService: string | undefined;
  readonly createdAt: number;
  changedAt: number;
  accessedAt: number | undefined;
  /** When a deletion takes effect; absent when none is scheduled. */
  deletedAt: number | undefined;
  readonly tags: Map<string, string>;
  readonly versions: Map<string, Version>;
  /** A staging label sits on at most one version, so the label is the key. */
  readonly labels: Map<string, string>;
  rotation: RotationSettings | undefined;
  /** Its copies, by Region. */
  readonly replicas: Map<string, ReplicaState>;
  /** The Region of the secret that this one is a copy of; absent when it is none. */
  primaryRegion: string | undefined;
}

export interface ReplicaState {
  readonly kmsKeyId: string | undefined;
  readonly status: 'InProgress' | 'InSync' | 'Failed';
  readonly message: string | undefined;
}

/** The secret as it is now; later changes do not show in it. */
export const copyOf = (secret: Secret): Secret => ({
  ...secret,
  tags: new Map(secret.tags),
  versions: new Map(secret.versions),
  labels: new Map(secret.labels),
  replicas: new Map(secret.replicas),
});

export const sameValue = (a: Value, b: Value): boolean => a.field === b.field && a.content.equals(b.content);

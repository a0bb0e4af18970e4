/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicateSecretToRegions.html and its siblings. */
import * as v from 'valibot';
import type { Secret } from '../secret.ts';
import { action, SecretId } from './action.ts';

/** Shared with CreateSecret. */
export const Targets = v.pipe(
  v.array(v.object({ Region: v.string(), KmsKeyId: v.optional(v.string()) })),
  v.minLength(1),
);

export const replicateSecretToRegions = action(
  v.object({
    SecretId,
    AddReplicaRegions: Targets,
    ForceOverwriteReplicaSecret: v.optional(v.boolean(), false),
  }),
  ({ model, replication }, request) => {
    const secret = model.writable(request.SecretId);
    replication.start(secret, request.AddReplicaRegions, request.ForceOverwriteReplicaSecret);
    return { ARN: secret.arn, ...replicationOf(secret) };
  },
);

export const removeRegionsFromReplication = action(
  v.object({ SecretId, RemoveReplicaRegions: v.pipe(v.array(v.string()), v.minLength(1)) }),
  ({ model, replication }, request) => {
    const secret = model.writable(request.SecretId);
    replication.remove(secret, request.RemoveReplicaRegions);
    return { ARN: secret.arn, ...replicationOf(secret) };
  },
);

/** To be called where the copy is. */
export const stopReplicationToReplica = action(v.object({ SecretId }), ({ model, replication }, request) => {
  const copy = model.live(request.SecretId);
  replication.promote(copy);
  model.changed(copy);
  return { ARN: copy.arn };
});

/** Absent for a secret without copies. */
export const replicationOf = ({ replicas }: Secret) =>
  replicas.size === 0
    ? {}
    : {
        ReplicationStatus: [...replicas].map(([Region, { kmsKeyId, status, message }]) => ({
          ...{ Region, KmsKeyId: kmsKeyId ?? 'alias/aws/secretsmanager', Status: status },
          StatusMessage: message,
        })),
      };

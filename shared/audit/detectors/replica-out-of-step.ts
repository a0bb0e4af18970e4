import { textsOf } from '../events/logged.ts';
import type { Detector } from './detector.ts';

export const replicaOutOfStep: Detector = {
  id: 'replica-out-of-step',
  title: 'A replica of a secret is out of step',
  family: 'rotation',
  severity: 'medium',
  alerts: true,

  why: 'Readers in that Region get an old password, which ends with the next rotation, or none.',
  techniques: [],
  runbook: [
    'Look up the replica’s status message in DescribeSecret: often a key, or a secret of the same name, is in the way.',
    'When the cause is gone, replicate again with ReplicateSecretToRegions.',
    'Until then let readers in that Region read the secret in its primary Region.',
  ],
  falsePositives: ['A Region that is out of order.'],
  gaps: ['Replicas that the sweep of the primary Region does not see.'],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html'],
  on: ['keyturn:SecretSeen', 'secretsmanager:ReplicationFailed'],
  judge({ name, details, secrets }) {
    const subject = secrets[0]?.key ?? '';
    if (name === 'secretsmanager:ReplicationFailed')
      return { subject, because: 'Secrets Manager could not copy the secret to another Region.' };
    const failed = textsOf(details?.['failedReplicas']);
    const late = textsOf(details?.['lateReplicas']);
    if (failed.length + late.length === 0) return undefined;
    const parts = [
      ...(failed.length === 0 ? [] : [`the replica in ${failed.join(', ')} failed`]),
      ...(late.length === 0
        ? []
        : [`the replica in ${late.join(', ')} has not caught up for more than an hour`]),
    ];
    return { subject, because: `Of the secret’s copies ${parts.join(', and ')}.` };
  },
};

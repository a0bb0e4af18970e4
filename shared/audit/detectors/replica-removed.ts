import { isDeployRole } from '../deployment.ts';
import type { Detector } from './detector.ts';
import { ASK } from './steps.ts';

export const replicaRemoved: Detector = {
  id: 'replica-removed',
  title: 'A replica of a secret was cut off',
  family: 'changing',
  severity: 'medium',
  alerts: true,

  why: 'A copy that is promoted or removed no longer follows its secret: readers in that Region keep an old password, or none.',
  techniques: [],
  runbook: [ASK, 'See what in that Region reads the secret.'],
  falsePositives: ['The end of a Region, by infrastructure-as-code.'],
  gaps: [],
  references: [
    'https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_StopReplicationToReplica.html',
  ],
  on: ['secretsmanager:StopReplicationToReplica', 'secretsmanager:RemoveRegionsFromReplication'],
  judge({ kind, outcome, secrets, principal }, _past, deployment) {
    if (kind !== 'call' || outcome.is !== 'ok') return undefined;
    return {
      subject: secrets[0]?.key ?? '',
      alerts: !isDeployRole(deployment, principal),
      because: 'A replica of the secret was removed, or made a secret of its own.',
    };
  },
};

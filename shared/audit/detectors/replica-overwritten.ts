import type { Detector } from './detector.ts';
import { UNDO } from './steps.ts';

export const replicaOverwritten: Detector = {
  id: 'replica-overwritten',
  title: 'A new secret over a replica',
  family: 'changing',
  severity: 'high',
  alerts: true,

  why: 'The copy of another Region’s secret was replaced by a secret of the same name: readers there now get what its maker wrote.',
  techniques: ['T1565.001'],
  runbook: [UNDO, 'Replicate the secret again.'],
  falsePositives: ['A failover that was done by hand.'],
  gaps: [],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html'],
  on: ['secretsmanager:CreateSecret'],
  judge({ kind, outcome, request, secrets }) {
    if (kind !== 'call' || outcome.is !== 'ok' || request?.['forceOverwriteReplicaSecret'] !== true)
      return undefined;
    return {
      subject: secrets[0]?.key ?? '',
      because: 'A secret was created with leave to overwrite a replica of the same name.',
    };
  },
};

import type { Detector } from './detector.ts';
import { ASK } from './steps.ts';

export const rotationOff: Detector = {
  id: 'rotation-off',
  title: 'Rotation was switched off',
  family: 'changing',
  severity: 'medium',
  alerts: true,

  why: 'From now on the password stays as it is, and whoever has it keeps it.',
  techniques: ['T1562'],
  runbook: [ASK, 'Switch rotation on again with RotateSecret.'],
  falsePositives: ['A repair: it ends with the next RotateSecret.'],
  gaps: ['A longer interval.'],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html'],
  on: ['secretsmanager:CancelRotateSecret'],
  judge({ kind, outcome, secrets }) {
    const [secret] = secrets;
    if (kind !== 'call' || outcome.is !== 'ok' || secret === undefined) return undefined;
    return { subject: secret.key, because: 'Rotation of the secret was cancelled.' };
  },
};

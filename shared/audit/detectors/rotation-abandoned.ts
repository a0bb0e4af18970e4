import type { Detector } from './detector.ts';

export const rotationAbandoned: Detector = {
  id: 'rotation-abandoned',
  title: 'Secrets Manager gave a rotation up',
  family: 'rotation',
  severity: 'medium',
  alerts: true,

  why: 'It will not be tried again until the next date.',
  techniques: [],
  runbook: ['Look up why its steps failed, mend it, and rotate at once with RotateSecret.'],
  falsePositives: [],
  gaps: [],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html'],
  on: ['secretsmanager:RotationAbandoned', 'secretsmanager:TestRotationFailed'],
  judge({ kind, name, secrets }) {
    if (kind !== 'service') return undefined;
    const test = name.endsWith('TestRotationFailed');
    return {
      subject: secrets[0]?.key ?? '',
      severity: test ? 'low' : 'medium',
      because: test ? 'The test of a rotation failed when it was set up.' : 'The rotation was given up.',
    };
  },
};

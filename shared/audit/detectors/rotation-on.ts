import type { Detector } from './detector.ts';

export const rotationOn: Detector = {
  id: 'rotation-on',
  title: 'Rotation was switched on again',
  family: 'changing',
  severity: 'low',
  alerts: false,

  why: 'It ends what rotation-off has found.',
  techniques: [],
  runbook: ['Nothing.'],
  falsePositives: [],
  gaps: [],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html'],
  on: ['secretsmanager:RotateSecret'],
  judge({ kind, outcome, secrets, time }, past) {
    const [secret] = secrets;
    if (kind !== 'call' || outcome.is !== 'ok' || secret === undefined) return undefined;
    const off = past.ofSecret(secret, 'CancelRotateSecret').some((cancel) => cancel.time <= time);
    return off
      ? {
          subject: secret.key,
          closes: 'rotation-off',
          because: 'Rotation of the secret was switched on again.',
        }
      : undefined;
  },
};

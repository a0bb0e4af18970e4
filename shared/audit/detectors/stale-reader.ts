import { isRead } from '../memory/remember.ts';
import { DAY } from '../memory/spans.ts';
import type { Detector } from './detector.ts';

export const staleReader: Detector = {
  id: 'stale-reader',
  title: 'An old password is still read',
  family: 'rotation',
  severity: 'low',
  alerts: false,

  why: 'A reader that keeps to an old version fails when its password ends.',
  techniques: [],
  runbook: ['Nothing by itself: see what else the incident holds.'],
  falsePositives: ['An application that is being rolled out.'],
  gaps: ['Reads that do not say their version; where the secret has a key of its own, KMS does.'],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue', 'kms:Decrypt'],
  judge(event, past) {
    const [secret] = event.secrets;
    if (!isRead(event) || secret === undefined || event.versionId === undefined) return undefined;
    const rotations = past
      .ofSecret(secret, 'RotationSucceeded')
      .filter(({ value, time }) => value !== '' && past.isUntil(time));
    const [latest, ...older] = rotations.toSorted((one, other) => other.time - one.time);
    if (
      latest === undefined ||
      latest.time > event.time - DAY ||
      !older.some(({ value }) => value === event.versionId)
    )
      return undefined;
    return { subject: secret.key, because: 'A version was read that was replaced more than a day ago.' };
  },
};

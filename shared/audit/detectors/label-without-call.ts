import { DAY, HOUR, MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';

const CAUSES = [
  'CreateSecret',
  'PutSecretValue',
  'UpdateSecret',
  'UpdateSecretVersionStage',
  'RotateSecret',
  'RotationStarted',
  'RotationSucceeded',
] as const;

export const labelWithoutCall: Detector = {
  id: 'label-without-call',
  title: 'AWSCURRENT moved, and no call was seen',
  family: 'rotation',
  severity: 'medium',
  alerts: true,

  why: 'Secrets Manager told by itself that AWSCURRENT moved, but the trail has no call that did it: events are missing.',
  techniques: ['T1562.008'],
  runbook: [
    'See whether the trail still records, in every Region.',
    'Look at the secret’s versions, and see that AWSCURRENT logs in.',
  ],
  falsePositives: [
    'CloudTrail delivers events of Secrets Manager by best effort, so single ones may be missing.',
  ],
  gaps: ['It is looked at when the sweep next sees the secret.'],
  references: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html',
  ],
  on: ['keyturn:SecretSeen'],
  judge({ secrets, time }, past) {
    const [secret] = secrets;
    if (secret === undefined) return undefined;
    const moves = past
      .ofSecret(secret, 'label')
      .filter((move) => move.time < time - HOUR && move.time > time - 2 * DAY);
    const causes = CAUSES.flatMap((call) => past.ofSecret(secret, call));
    const unexplained = moves.filter(
      (move) => !causes.some((cause) => Math.abs(cause.time - move.time) <= 10 * MINUTE),
    );
    return unexplained.length === 0
      ? undefined
      : {
          subject: secret.key,
          because: 'A label of the secret moved, and no call or rotation within ten minutes explains it.',
        };
  },
};

import { DAY } from '../memory/spans.ts';
import type { Detector } from './detector.ts';

export const rotationOverdue: Detector = {
  id: 'rotation-overdue',
  title: 'A rotation is overdue',
  family: 'rotation',
  severity: 'high',
  alerts: true,

  why: 'The password is older than it was decided to become, and nobody was told of a failure.',
  techniques: [],
  runbook: [
    'See in CloudTrail whether the rotation was started, and how it ended.',
    'Rotate at once with RotateSecret.',
  ],
  falsePositives: ['A schedule that was just made shorter.'],
  gaps: ['Secrets that the sweep does not see.'],
  references: ['https://docs.aws.amazon.com/securityhub/latest/userguide/secretsmanager-controls.html'],
  on: ['keyturn:SecretSeen'],
  judge({ details, secrets, time }) {
    const due = details?.['rotationDue'];
    const at = typeof due === 'string' ? Date.parse(due) : Number.NaN;
    if (!(time > at + DAY)) return undefined;
    const days = Math.floor((time - at) / DAY);
    return {
      subject: secrets[0]?.key ?? '',
      because: `The rotation was due ${days === 1 ? 'a day' : `${days} days`} ago.`,
    };
  },
};

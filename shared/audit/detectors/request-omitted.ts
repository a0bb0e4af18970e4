import type { Detector } from './detector.ts';
import { LOOK } from './steps.ts';

export const requestOmitted: Detector = {
  id: 'request-omitted',
  title: 'A call too large for the trail',
  family: 'changing',
  severity: 'medium',
  alerts: true,

  why: 'CloudTrail leaves out parameters that are too large. Padding a call to that size hides what it did.',
  techniques: ['T1562.008'],
  runbook: ['Look at the secret itself: its policy, its key, its rotation.', LOOK],
  falsePositives: ['A large policy or description.'],
  gaps: [],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html',
  ],
  on: ['secretsmanager:*'],
  judge({ omitted, name, secrets }) {
    if (!omitted) return undefined;
    return {
      subject: secrets[0]?.key ?? name,
      because: `CloudTrail left out the parameters of ${name.slice(name.indexOf(':') + 1)}, because they were too large.`,
    };
  },
};

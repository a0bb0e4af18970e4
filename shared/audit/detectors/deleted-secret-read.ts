import type { Detector } from './detector.ts';

export const deletedSecretRead: Detector = {
  id: 'deleted-secret-read',
  title: 'A deleted secret is still asked for',
  family: 'reading',
  severity: 'medium',
  alerts: true,

  why: 'Something still needs the secret that is about to be gone for good: an application that will fail, or somebody with an old list.',
  techniques: [],
  runbook: [
    'Find out which application asks, and whether the deletion was meant.',
    'If it was not, restore the secret while its recovery window lasts.',
  ],
  falsePositives: ['An application that was forgotten when it was retired.'],
  gaps: ['Secrets that were deleted without a recovery window.'],
  references: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring_how-to_cloudwatch_deleted-secret.html',
  ],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  judge({ outcome, secrets }) {
    if (outcome.is !== 'failed' || !outcome.message.includes('marked for deletion')) return undefined;
    return {
      because: 'The value of a secret that is marked for deletion was asked for.',
      subject: secrets[0]?.key ?? '',
    };
  },
};

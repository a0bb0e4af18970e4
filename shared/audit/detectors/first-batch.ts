import type { Detector } from './detector.ts';

export const firstBatch: Detector = {
  id: 'first-batch',
  title: 'A principal’s first batch read',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'Few programs read by BatchGetSecretValue; attack tools do.',
  techniques: ['T1555.006'],
  runbook: ['Nothing by itself: see what else the incident holds.'],
  falsePositives: ['A new version of an application.'],
  gaps: [],
  references: ['https://attack.mitre.org/techniques/T1555/006/'],
  on: ['secretsmanager:BatchGetSecretValue'],
  judge(event, past) {
    if (
      event.kind !== 'call' ||
      event.outcome.is !== 'ok' ||
      past.learning ||
      !past.isNew('call', event.name)
    )
      return undefined;
    return { because: 'The principal had never read secrets by the batch.' };
  },
};

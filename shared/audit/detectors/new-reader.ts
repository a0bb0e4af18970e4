import { isRead } from '../memory/remember.ts';
import type { Detector } from './detector.ts';

export const newReader: Detector = {
  id: 'new-reader',
  title: 'A principal’s first read',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'Who reads secrets at all changes rarely.',
  techniques: ['T1555.006'],
  runbook: ['Nothing by itself: see what else the incident holds.'],
  falsePositives: ['Every new service.'],
  gaps: ['The first seven days of an account.'],
  references: ['https://attack.mitre.org/techniques/T1555/006/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  judge(event, past) {
    if (!isRead(event) || past.learning || !past.principalIsNew) return undefined;
    return { because: 'The principal had used no secret in 90 days.' };
  },
};

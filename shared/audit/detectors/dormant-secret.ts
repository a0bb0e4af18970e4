import { isRead } from '../memory/remember.ts';
import { DAY } from '../memory/spans.ts';
import type { Detector } from './detector.ts';

export const dormantSecret: Detector = {
  id: 'dormant-secret',
  title: 'A secret that nobody read for long',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'A secret that was forgotten is not missed when it is stolen.',
  techniques: ['T1555.006'],
  runbook: ['Nothing by itself: see what else the incident holds.'],
  falsePositives: ['Yearly jobs.'],
  gaps: [
    'Secrets read less than 90 days ago.',
    'Secrets read more than 180 days ago last that the sweep does not see, as in a history: they count as new.',
  ],
  references: ['https://attack.mitre.org/techniques/T1555/006/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  judge(event, past) {
    if (!isRead(event) || past.learning) return undefined;
    const secret = event.secrets.find((one) => (past.lastReadOf(one) ?? event.time) < event.time - 90 * DAY);
    return secret && { subject: secret.key, because: 'Nobody had read this secret for 90 days.' };
  },
};

import { isRead } from '../memory/remember.ts';
import type { Detector } from './detector.ts';

export const firstRead: Detector = {
  id: 'first-read',
  title: 'A secret read by someone new to it',
  family: 'reading',
  severity: 'low',
  alerts: false,
  why: 'Who reads a secret changes rarely, so a new reader makes any other doubt weightier.',
  techniques: ['T1555.006'],
  runbook: ['Nothing by itself: see what else the incident holds.'],
  falsePositives: ['Every deployment that adds a reader.'],
  gaps: ['During the first seven days of an account every reader would be new, so none is.'],
  references: ['https://attack.mitre.org/techniques/T1555/006/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  judge(event, past) {
    if (!isRead(event) || past.learning) return undefined;
    const [secret] = event.secrets.filter(({ key }) => past.isNew('read', key));
    return secret && { because: 'The principal had not read this secret in 90 days.', subject: secret.key };
  },
};

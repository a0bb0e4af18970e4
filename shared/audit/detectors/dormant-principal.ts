import { DAY } from '../memory/spans.ts';
import type { Detector } from './detector.ts';

export const dormantPrincipal: Detector = {
  id: 'dormant-principal',
  title: 'A principal that was gone for long',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'Credentials that were forgotten are not missed when they are stolen.',
  techniques: ['T1078.004'],
  runbook: ['Nothing by itself: see what else the incident holds.'],
  falsePositives: ['Holidays.'],
  gaps: ['Principals used less than 30 days ago.'],
  references: ['https://attack.mitre.org/techniques/T1078/004/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets'],
  judge(event, past) {
    if (event.kind !== 'call' || event.outcome.is !== 'ok' || past.learning) return undefined;
    const last = past.lastUse;
    if (last === undefined || last > event.time - 30 * DAY) return undefined;
    return { because: 'The principal had used no secret for 30 days.' };
  },
};

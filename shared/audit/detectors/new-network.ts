import type { Detector } from './detector.ts';

export const newNetwork: Detector = {
  id: 'new-network',
  title: 'A principal in a new network',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'Credentials that were taken are used somewhere else.',
  techniques: ['T1078.004'],
  runbook: ['Nothing by itself: see what else the incident holds.'],
  falsePositives: ['Travel, a new office, a new subnet.'],
  gaps: ['Principals that are seen in many networks.'],
  references: ['https://attack.mitre.org/techniques/T1078/004/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets'],
  judge(event, past) {
    if (event.kind !== 'call' || past.learning || !past.networkIsNew) return undefined;
    return { because: 'The principal had never been in this network.' };
  },
};

import type { Detector } from './detector.ts';

export const rareHour: Detector = {
  id: 'rare-hour',
  title: 'At an hour at which the principal never works',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'People and schedules keep their hours.',
  techniques: ['T1078.004'],
  runbook: ['Nothing by itself: see what else the incident holds.'],
  falsePositives: ['Night shifts, and emergencies.'],
  gaps: ['Principals that work around the clock, or are known for less than a fortnight.'],
  references: ['https://attack.mitre.org/techniques/T1078/004/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets'],
  judge(event, past) {
    const hour = String(new Date(event.time).getUTCHours());
    if (event.kind !== 'call' || !past.isNew('hour', hour)) return undefined;
    const hours = [...past.firsts('hour').values()].filter((first) => past.isUntil(first));
    const days = [...past.firsts('day').values()].filter((first) => past.isUntil(first));
    if (days.length < 14 || hours.length > 16) return undefined;
    return { because: 'The principal had never worked at this hour.' };
  },
};

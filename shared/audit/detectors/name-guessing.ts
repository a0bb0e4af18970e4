import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { ASK, LOOK, REVOKE } from './steps.ts';

export const nameGuessing: Detector = {
  id: 'name-guessing',
  title: 'Names of secrets are being guessed',
  family: 'reading',
  severity: 'medium',
  alerts: true,

  why: 'Software knows the names of its secrets. Many names that do not exist are a search.',
  techniques: ['T1580'],
  runbook: [ASK, 'If a deployment uses old names, mend it.', REVOKE, LOOK],
  falsePositives: ['A deployment whose secrets were renamed.'],
  gaps: ['Guesses that hit at once, or fewer than five in a quarter of an hour.'],
  references: ['https://attack.mitre.org/techniques/T1580/'],
  on: [
    'secretsmanager:GetSecretValue',
    'secretsmanager:BatchGetSecretValue',
    'secretsmanager:DescribeSecret',
  ],
  judge(_event, past) {
    const { values, since } = past.together('absent', 15 * MINUTE);
    const names = values.size;
    return names < 5
      ? undefined
      : { since, because: `${names} secrets that do not exist were asked for within a quarter of an hour.` };
  },
};

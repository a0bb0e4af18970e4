import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { ASK, LOOK, REVOKE } from './steps.ts';

const MANY = 5;
/** In a day, for whoever takes his time. */
const SLOWLY = 10;

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
  gaps: [
    'Guesses that hit at once, or fewer than five in a quarter of an hour and ten in a day.',
    'Names that it asked for in vain on an earlier day too.',
  ],
  references: ['https://attack.mitre.org/techniques/T1580/'],
  on: [
    'secretsmanager:GetSecretValue',
    'secretsmanager:BatchGetSecretValue',
    'secretsmanager:DescribeSecret',
  ],
  judge(event, past) {
    const { values, since } = past.together('absent', 15 * MINUTE);
    const names = [...values].filter((name) => past.isNew('absent', name)).length;
    if (names >= MANY)
      return {
        since,
        because: `${names} secrets that do not exist were asked for within a quarter of an hour.`,
      };
    if (event.outcome.is === 'ok') return undefined;
    const slowly = [...past.firsts('absent')].filter(
      ([name, first]) => past.isUntil(first) && past.isNew('absent', name),
    ).length;
    return slowly < SLOWLY
      ? undefined
      : { because: `${slowly} secrets that do not exist were asked for within a day.` };
  },
};

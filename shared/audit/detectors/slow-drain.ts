import type { Past } from '../memory/past.ts';
import { isRead } from '../memory/remember.ts';
import { DAY } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { familiesOf } from './families.ts';
import { ASK, LOOK, REVOKE, ROTATE } from './steps.ts';
import { isItsWork, isOwnMake } from './usual.ts';

const newWithin = (past: Past, until: number, span: number): string[] =>
  [...past.firsts('read')]
    .filter(([, time]) => until - time <= span && past.isUntil(time))
    .map(([key]) => key)
    .filter((key) => !isOwnMake(key, past));

export const slowDrain: Detector = {
  id: 'slow-drain',
  title: 'Secrets read one after another, over days',
  family: 'reading',
  severity: 'medium',
  alerts: true,

  why: 'A careful thief stays below every rate: a secret an hour, for days. What gives it away is that all of them are new to it.',
  techniques: ['T1119', 'T1555.006'],
  runbook: [ASK, REVOKE, ROTATE, LOOK],
  falsePositives: ['A person who takes over another team’s services.', 'A service that is being moved.'],
  gaps: [
    'Roles that rotate or deploy, in the networks they are usually in: as they are configured, or else as they behave and as long as they read little that is new to them.',
    'Secrets of one family only, as the parts of one application have.',
    'Less than ten new secrets in a week, or five in a day.',
    'The first day of a principal.',
  ],
  references: ['https://attack.mitre.org/techniques/T1119/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  judge(event, past, deployment) {
    if (!isRead(event) || past.learning || past.principalIsNew) return undefined;
    if (isItsWork(event, past, deployment)) return undefined;
    if (!event.secrets.some(({ key }) => past.isNew('read', key))) return undefined;
    const day = newWithin(past, event.time, DAY);
    const week = newWithin(past, event.time, 7 * DAY);
    if (!(day.length >= 5 && familiesOf(day) >= 3) && !(week.length >= 10 && familiesOf(week) >= 4))
      return undefined;
    const secrets = week.length >= 10 ? week : day;
    return {
      severity: secrets.length >= 20 ? 'high' : 'medium',
      because: `${day.length} secrets that were new to it were read within a day, ${week.length} within a week.`,
      secrets,
    };
  },
};

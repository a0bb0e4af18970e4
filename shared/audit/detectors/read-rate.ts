import { READ_LEVELS } from '../memory/read-rates.ts';
import { isRead } from '../memory/remember.ts';
import type { Detector } from './detector.ts';

const LEAST = 300;

export const readRate: Detector = {
  id: 'read-rate',
  title: 'Reads far more often than ever',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'Software reads its secrets at a steady pace. Ten times that may be somebody else with its credentials.',
  techniques: ['T1119'],
  runbook: ['Nothing by itself: see what else the incident holds.'],
  falsePositives: ['A service that is scaled up, or restarts over and over.'],
  gaps: [
    'Fewer than 300 reads in an hour.',
    'Reads that are spread over several audit functions running at the same time: each counts its own.',
  ],
  references: ['https://attack.mitre.org/techniques/T1119/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  judge(event, past) {
    if (event.kind !== 'call' || !isRead(event)) return undefined;
    const levels = READ_LEVELS.filter((level) => past.first('rate', String(level)) !== undefined);
    if (levels.length === 0 || past.learning || past.principalIsNew) return undefined;
    const reached = levels.findLast((level) => past.isNew('rate', String(level)));
    const before = levels.filter((level) => !past.isNew('rate', String(level))).at(-1) ?? 0;
    if (reached === undefined || reached < LEAST || reached < 10 * before) return undefined;
    const usual = before === 0 ? `fewer than ${READ_LEVELS[0]}` : `fewer than ${before * 10}`;
    return { because: `${reached} reads or more in an hour, where ${usual} were the most in 90 days.` };
  },
};

import type { AuditEvent } from '../events/event.ts';
import type { Past } from '../memory/past.ts';
import { READ_LEVELS } from '../memory/read-rates.ts';
import { isRead } from '../memory/remember.ts';
import { DAY } from '../memory/spans.ts';
import type { Detector } from './detector.ts';

/** So many times the most of before is a rise. */
const TIMES = 10;

export const readRate: Detector = {
  id: 'read-rate',
  title: 'Reads far more often than ever',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'Software reads its secrets at a steady pace. Ten times that may be somebody else with its credentials, or many who came by the same secret.',
  techniques: ['T1119'],
  runbook: ['Nothing by itself: see what else the incident holds.'],
  falsePositives: ['A service that is scaled up, or restarts over and over.'],
  gaps: [
    'Fewer than 300 reads in an hour, and less than ten times the most of before, which is known to a factor of about three.',
    'A secret that is read more often by those who read it anyway, each at its own pace.',
    'Reads that are spread over several audit functions running at the same time: each counts its own.',
  ],
  references: ['https://attack.mitre.org/techniques/T1119/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  judge(event, past) {
    if (event.kind !== 'call' || !isRead(event) || past.learning) return undefined;
    const own = rise(past.firsts('rate'), event, past);
    if (own !== undefined && !past.principalIsNew)
      return {
        because: `${own.reached} reads or more in an hour, where fewer than ${own.most} were the most in 90 days.`,
      };
    for (const secret of event.secrets) {
      const its = past.isUsual(secret) ? undefined : rise(past.firstsOf(secret, 'rate'), event, past);
      if (its !== undefined && !past.secretIsNew(secret))
        return {
          subject: secret.key,
          because: `The secret, which is new to it, was read ${its.reached} times or more in an hour, where fewer than ${its.most} were the most in 90 days.`,
        };
    }
    return undefined;
  },
};

/** @param firsts when each level was reached first. @returns the level of the last day, and the one that was never reached before. */
function rise(
  firsts: ReadonlyMap<string, number>,
  { time }: AuditEvent,
  past: Past,
): { readonly reached: number; readonly most: number } | undefined {
  if (firsts.size === 0) return undefined;
  const first = (level: number) => firsts.get(String(level));
  const reached = READ_LEVELS.findLast((level) => past.isUntil(first(level)));
  const before = READ_LEVELS.findLastIndex((level) => (first(level) ?? time) <= time - DAY);
  const most = READ_LEVELS[before + 1];
  return reached === undefined || most === undefined || reached < TIMES * most
    ? undefined
    : { reached, most };
}

import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { ASK, LOOK, REVOKE } from './steps.ts';

/** In a day, of secrets, for whoever takes his time. */
const SLOWLY = 10;
const NONE: ReadonlySet<string> = new Set();

export const deniedProbes: Detector = {
  id: 'denied-probes',
  title: 'Many refusals: somebody tries what they may do',
  family: 'reading',
  severity: 'low',
  alerts: true,

  why: 'Whoever holds credentials and does not know what they are good for tries. Software that is refused is refused the same thing again and again.',
  techniques: ['T1580'],
  runbook: [ASK, 'If the refusals are of one deployment, mend its policy.', REVOKE, LOOK],
  falsePositives: [
    'A deployment with a missing right.',
    'A scanner that is meant to be refused, the first time.',
  ],
  gaps: [
    'A refused ListSecrets names no secret.',
    'Denied calls of services that are not looked at.',
    'What was refused to it on an earlier day too.',
  ],
  references: [
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html',
  ],
  on: ['secretsmanager:*'],
  judge({ kind, outcome, principal }, past) {
    if (kind !== 'call' || outcome.is !== 'denied' || principal.type === 'service') return undefined;
    const { values, since } = past.together('denied', 15 * MINUTE);
    const known = values.size < 5 && past.refused.size < SLOWLY ? NONE : past.refusedBefore;
    const refused = values.difference(known).size;
    if (refused >= 5)
      return {
        since,
        severity: refused >= 20 ? 'high' : 'medium',
        because: `${refused} different things were refused to it within a quarter of an hour.`,
      };
    const slowly = past.refused.difference(known).size;
    if (slowly >= SLOWLY)
      return { severity: 'medium', because: `${slowly} different secrets were refused to it within a day.` };
    return past.firsts('call').size > 0
      ? undefined
      : { alerts: false, because: 'It was refused, and was never seen to use a secret.' };
  },
};

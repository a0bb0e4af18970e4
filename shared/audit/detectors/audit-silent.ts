import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';

export const auditSilent: Detector = {
  id: 'audit-silent',
  title: 'Events no longer arrive',
  family: 'watching',
  severity: 'high',
  alerts: true,

  why: 'The sweep reads a secret of its own now and then, and that read should be seen here. It was not: neither would a theft be.',
  techniques: ['T1562.008'],
  runbook: [
    'See whether the trail records, and whether the rule of EventBridge is in the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS.',
    'See the dead-letter queues.',
  ],
  falsePositives: ['A delay of CloudTrail, which is minutes as a rule.'],
  gaps: ['Regions and accounts without a canary.'],
  references: [
    'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html',
  ],
  on: ['keyturn:Tick'],
  judge({ details, time }, past) {
    const read = details?.['canaryReadAt'];
    const at = typeof read === 'string' ? Date.parse(read) : Number.NaN;
    if (!(time > at + 30 * MINUTE)) return undefined;
    const seen = past.ofAccount('canary').some((sighting) => sighting.time >= at - MINUTE);
    return seen
      ? undefined
      : {
          because: `The canary was read at ${new Date(at).toISOString().slice(11, 16)} UTC, and no event of it has arrived.`,
        };
  },
};

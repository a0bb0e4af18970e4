import { isRead } from '../memory/remember.ts';
import type { Detector } from './detector.ts';
import { ASK, REVOKE, ROTATE } from './steps.ts';

export const referenceRead: Detector = {
  id: 'reference-read',
  title: 'A secret read by way of Parameter Store',
  family: 'reading',
  severity: 'medium',
  alerts: true,

  why: 'Parameter Store hands out secrets under a path of its own. Few use it, and rules about Secrets Manager do not see it.',
  techniques: ['T1555.006'],
  runbook: [ASK, REVOKE, ROTATE],
  falsePositives: ['An application that reads its secrets so, the first time.'],
  gaps: ['Later reads by the same principal.'],
  references: [
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html',
  ],
  on: ['ssm:GetParameter', 'ssm:GetParameters'],
  judge(event, past) {
    if (!isRead(event) || past.learning || !past.isNew('call', event.name)) return undefined;
    return { because: 'A secret was read by way of Parameter Store, which this principal never did before.' };
  },
};

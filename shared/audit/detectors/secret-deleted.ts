import { isDeployRole } from '../deployment.ts';
import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { ASK, LOOK } from './steps.ts';

export const secretDeleted: Detector = {
  id: 'secret-deleted',
  title: 'A secret was deleted',
  family: 'changing',
  severity: 'low',
  alerts: true,

  why: 'Applications that need the secret fail, at once or at their next start. Without a recovery window its value is gone for good.',
  techniques: ['T1485'],
  runbook: [ASK, 'If it was not meant, restore the secret while its recovery window lasts.', LOOK],
  falsePositives: ['The end of an environment, by infrastructure-as-code.'],
  gaps: [],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html'],
  on: ['secretsmanager:DeleteSecret'],
  judge(event, past, deployment) {
    if (event.kind !== 'call' || event.outcome.is !== 'ok') return undefined;
    const deployed = isDeployRole(deployment, event.principal);
    const { values, since } = past.together('delete', 10 * MINUTE);
    const many = values.size;
    const forced = event.request?.['forceDeleteWithoutRecovery'] === true;
    if (many >= 3)
      return {
        since,
        severity: deployed ? 'high' : 'critical',
        because: `${many} secrets were deleted within ten minutes${forced ? ', and cannot be restored' : ''}.`,
      };
    const subject = event.secrets[0]?.key ?? '';
    if (!forced)
      return {
        subject,
        because: 'The secret was deleted; it can be restored while its recovery window lasts.',
      };
    return {
      subject,
      severity: deployed ? 'medium' : 'high',
      because: 'The secret was deleted without a recovery window: it is gone for good.',
    };
  },
};

import { isDeployRole } from '../deployment.ts';
import type { AuditEvent, SecretRef } from '../events/event.ts';
import type { Past } from '../memory/past.ts';
import { DAY, MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { ASK, LOOK } from './steps.ts';

/** What a branch, a test or a preview is given for a while. */
const SHORT_LIFE = 7 * DAY;

const isThrownAway = ({ time, principal }: AuditEvent, secret: SecretRef, past: Past): boolean =>
  past
    .ofSecret(secret, 'CreateSecret')
    .some((made) => made.value === principal.key && made.time <= time && time - made.time <= SHORT_LIFE);

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
  gaps: ['Secrets that are deleted within a week by the one who made them.'],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html'],
  on: ['secretsmanager:DeleteSecret'],
  judge(event, past, deployment) {
    if (event.kind !== 'call' || event.outcome.is !== 'ok') return undefined;
    const [secret] = event.secrets;
    if (secret !== undefined && isThrownAway(event, secret, past)) return undefined;
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
    const subject = secret?.key ?? '';
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

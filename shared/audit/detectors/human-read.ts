import { matchesAny } from '../../core/patterns.ts';
import { toolOf } from '../events/tool.ts';
import { isRead } from '../memory/remember.ts';
import type { Detector } from './detector.ts';
import { isForMachines } from './kinds-of-secret.ts';
import { ASK, REVOKE, ROTATE } from './steps.ts';

export const humanRead: Detector = {
  id: 'human-read',
  title: 'A person read a secret of machines',
  family: 'reading',
  severity: 'medium',
  alerts: true,

  why: 'A password that only software needs was seen by a person. It is then in a screen, a history, a chat.',
  techniques: ['T1078.004'],
  runbook: [ASK, 'If there was a reason, rotate the secret when the work is done.', REVOKE, ROTATE],
  falsePositives: [
    'An emergency that was handled by hand: list the role for it in KEYTURN_BREAK_GLASS_ROLES.',
  ],
  gaps: ['Secrets that the deployment does not know to be for machines.'],
  references: ['https://attack.mitre.org/techniques/T1078/004/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  judge(event, past, deployment) {
    const { principal } = event;
    const byHand =
      principal.type === 'person' || ['console', 'cloudshell'].includes(toolOf(event.origin.userAgent));
    if (!isRead(event) || !byHand || matchesAny(deployment.breakGlassRoles, principal.key)) return undefined;
    const secret = event.secrets.find((one) => isForMachines(deployment, past, one));
    return (
      secret && {
        subject: secret.key,
        because: 'A person, or a console, read a secret that only software is meant to read.',
      }
    );
  },
};

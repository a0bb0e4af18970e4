import { matchesAny } from '../../core/patterns.ts';
import { isDeployRole } from '../deployment.ts';
import type { Detector } from './detector.ts';
import { isRotated } from './kinds-of-secret.ts';
import { isRotating } from './rotating.ts';
import { UNDO } from './steps.ts';

export const valueOverwritten: Detector = {
  id: 'value-overwritten',
  title: 'A rotated secret was written by hand',
  family: 'changing',
  severity: 'high',
  alerts: true,

  why: 'The value of a rotated secret comes from its rotation function. Written by anybody else it locks applications out, or leads them to another database.',
  techniques: ['T1098'],
  runbook: [
    'See whether AWSCURRENT still logs in.',
    'If it does not, move AWSCURRENT back to the version before.',
    UNDO,
  ],
  falsePositives: ['A repair by hand: list the role for it in KEYTURN_BREAK_GLASS_ROLES.'],
  gaps: [
    'A secret that was never seen to rotate, and that the sweep has not found yet.',
    'Without KEYTURN_ROTATION_ROLES: a value that a role writes while a rotation of the secret runs.',
  ],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html'],
  on: ['secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecret'],
  judge(event, past, deployment) {
    const [secret] = event.secrets;
    const { principal, request } = event;
    if (
      event.kind !== 'call' ||
      event.outcome.is !== 'ok' ||
      secret === undefined ||
      isRotating(event, past, deployment)
    )
      return undefined;
    const isOther = request?.['description'] !== undefined || request?.['kmsKeyId'] !== undefined;
    if (
      isOther ||
      principal.type === 'service' ||
      !isRotated(past, secret) ||
      matchesAny(deployment.breakGlassRoles, principal.key)
    )
      return undefined;
    return {
      subject: secret.key,
      severity: isDeployRole(deployment, principal) ? 'medium' : 'high',
      because: 'The value of a secret that is rotated was written, and not by its rotation function.',
    };
  },
};

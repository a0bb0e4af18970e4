import { matchesAny } from '../../core/patterns.ts';
import type { Detector } from './detector.ts';
import { isRotating } from './rotating.ts';
import { UNDO } from './steps.ts';

export const stageMoved: Detector = {
  id: 'stage-moved',
  title: 'AWSCURRENT was moved by hand',
  family: 'changing',
  severity: 'high',
  alerts: true,

  why: 'Whoever moves AWSCURRENT decides which password applications use: an old one that a thief knows, or one that does not work.',
  techniques: ['T1098'],
  runbook: ['See whether AWSCURRENT still logs in.', UNDO],
  falsePositives: ['A rollback by hand: list the role for it in KEYTURN_BREAK_GLASS_ROLES.'],
  gaps: ['Moves of other labels.'],
  references: [
    'https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html',
  ],
  on: ['secretsmanager:UpdateSecretVersionStage'],
  judge(event, past, deployment) {
    const { kind, outcome, request, principal, secrets } = event;
    if (kind !== 'call' || outcome.is !== 'ok' || request?.['versionStage'] !== 'AWSCURRENT')
      return undefined;
    if (isRotating(event, past, deployment) || matchesAny(deployment.breakGlassRoles, principal.key))
      return undefined;
    return {
      subject: secrets[0]?.key ?? '',
      because: 'AWSCURRENT was moved to another version, and not by a rotation function.',
    };
  },
};

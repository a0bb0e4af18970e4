import { isRead } from '../memory/remember.ts';
import type { Detector } from './detector.ts';
import { isRotating } from './rotating.ts';
import { ASK, REVOKE, ROTATE } from './steps.ts';

export const oddVersionRead: Detector = {
  id: 'odd-version-read',
  title: 'A version read that others do not use',
  family: 'reading',
  severity: 'medium',
  alerts: true,

  why: 'AWSPENDING is the next password, before it is in use: only the rotation function reads it. AWSPREVIOUS is for an application that falls back.',
  techniques: ['T1555.006'],
  runbook: [ASK, REVOKE, ROTATE],
  falsePositives: ['An application that falls back to AWSPREVIOUS, the first time it does.'],
  gaps: ['A version read by its id, as caches of AWS do.'],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html'],
  on: ['secretsmanager:GetSecretValue'],
  judge(event, past, deployment) {
    const stage = event.request?.['versionStage'];
    if (!isRead(event) || isRotating(event, past, deployment) || event.principal.type === 'service')
      return undefined;
    const subject = event.secrets[0]?.key ?? '';
    if (stage === 'AWSPENDING')
      return {
        severity: 'high',
        subject,
        because: 'The password that is not in use yet (AWSPENDING) was read, and not by a rotation function.',
      };
    if (stage !== 'AWSPREVIOUS' || past.learning || !past.isNew('stage', stage)) return undefined;
    return {
      subject,
      because: 'The previous password (AWSPREVIOUS) was read, which this principal never did before.',
    };
  },
};

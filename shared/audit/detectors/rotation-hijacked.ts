import { matchesAny } from '../../core/patterns.ts';
import { isDeployRole } from '../deployment.ts';
import type { Detector } from './detector.ts';
import { isRotated } from './kinds-of-secret.ts';
import { UNDO } from './steps.ts';

export const rotationHijacked: Detector = {
  id: 'rotation-hijacked',
  title: 'Another function now rotates a secret',
  family: 'changing',
  severity: 'high',
  alerts: true,

  why: 'The rotation function sees every new password before anybody else, and decides what it is.',
  techniques: ['T1546'],
  runbook: [UNDO, 'If the function ran, rotate the secret with the right one.'],
  falsePositives: [
    'A function of yours that the parameter rotationFunctions does not list, such as one of AWS.',
  ],
  gaps: [
    'A change of the function’s own code: see rotation-function-changed.',
    'The first function of a secret that was not rotated before.',
  ],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html'],
  on: ['secretsmanager:RotateSecret'],
  judge(event, past, deployment) {
    const arn = event.request?.['rotationLambdaARN'];
    const [secret] = event.secrets;
    if (event.kind !== 'call' || event.outcome.is !== 'ok' || typeof arn !== 'string' || secret === undefined)
      return undefined;
    if (matchesAny(deployment.rotationFunctions, arn)) return undefined;
    const account = arn.split(':')[4] ?? event.accountId;
    if (account !== event.accountId && account !== '')
      return {
        subject: secret.key,
        severity: 'critical',
        because: `A function of account ${account} is to rotate the secret.`,
      };
    const before = past.functionBefore(secret);
    if (before === arn || (before === undefined && !isRotated(past, secret))) return undefined;
    return {
      subject: secret.key,
      severity: isDeployRole(deployment, event.principal) ? 'medium' : 'high',
      because:
        'A secret that is rotated was given another rotation function, which is not one of the listed ones.',
    };
  },
};

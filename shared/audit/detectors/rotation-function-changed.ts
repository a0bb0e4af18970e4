import { isDeployRole } from '../deployment.ts';
import { functionIn } from '../events/function-name.ts';
import type { Detector } from './detector.ts';
import { ASK, LOOK } from './steps.ts';

export const rotationFunctionChanged: Detector = {
  id: 'rotation-function-changed',
  title: 'A function that rotates secrets was changed',
  family: 'changing',
  severity: 'high',
  alerts: true,

  why: 'The function sees every new password before anybody else. Its code, or a layer or variable that it is given, can send them elsewhere.',
  techniques: ['T1525', 'T1546'],
  runbook: [
    ASK,
    'If it was not meant, deploy the function again, from source.',
    'Rotate again, with the right function, what it rotated since.',
    LOOK,
  ],
  falsePositives: ['The first deployment by a role that is not listed in KEYTURN_DEPLOY_ROLES.'],
  gaps: [
    'Whoever has changed this function more than a day ago.',
    'Functions that were not seen to rotate, nor found to by the sweep.',
    'Functions that only read secrets.',
  ],
  references: ['https://attack.mitre.org/techniques/T1546/'],
  on: ['lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration'],
  judge(event, past, deployment) {
    const { kind, outcome, principal, name } = event;
    const changed = functionIn(event);
    if (kind !== 'call' || outcome.is !== 'ok' || changed === undefined) return undefined;
    if (isDeployRole(deployment, principal) || !past.isOfAccount('rotator', changed)) return undefined;
    if (!past.isNew('deployed', changed)) return undefined;
    return {
      subject: changed,
      severity: principal.type === 'role' ? 'medium' : 'high',
      because: `${name.slice(name.indexOf(':') + 1)} was called on ${changed}, which rotates secrets, by who had not changed it before.`,
    };
  },
};

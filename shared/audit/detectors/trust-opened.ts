import { matchesAny } from '../../core/patterns.ts';
import { isDeployRole } from '../deployment.ts';
import { asText } from '../events/logged.ts';
import type { Detector } from './detector.ts';
import { ANYBODY, allowances, outsiderIn, policyIn } from './policy.ts';
import { LOOK, UNDO } from './steps.ts';

export const trustOpened: Detector = {
  id: 'trust-opened',
  title: 'A role may be assumed by others',
  family: 'changing',
  severity: 'high',
  alerts: true,

  why: 'Whoever may become a role may read what the role reads. A rotation role reads every password.',
  techniques: ['T1098'],
  runbook: [UNDO, LOOK],
  falsePositives: ['An account or organization of your own that is not listed as trusted.'],
  gaps: [
    'Roles other than the rotation functions’, where the trusted one is of the same account.',
    'Roles that are made with such a trust, which read nothing yet.',
  ],
  references: ['https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html'],
  on: ['iam:UpdateAssumeRolePolicy'],
  judge(event, _past, deployment) {
    const { kind, outcome, principal, request, accountId } = event;
    if (kind !== 'call' || outcome.is !== 'ok') return undefined;
    const role = asText(request?.['roleName']) ?? '';
    const named = role === '' ? 'a role that the record does not name' : `the role ${role}`;
    const outsider = outsiderIn(allowances(policyIn(request)), event, deployment);
    if (outsider === ANYBODY)
      return { subject: role, severity: 'critical', because: `Anybody may assume ${named}.` };
    if (outsider !== undefined)
      return {
        subject: role,
        because: `A policy lets ${outsider}, which is not listed as trusted, assume ${named}.`,
      };
    const rotates = deployment.rotationRoles.some((pattern) =>
      matchesAny([pattern], `arn:aws:iam::${accountId}:role/${role}`),
    );
    if (!rotates || isDeployRole(deployment, principal)) return undefined;
    return {
      subject: role,
      because: `It was changed by hand who may assume ${role}, the role of a rotation function.`,
    };
  },
};

import { isDeployRole } from '../deployment.ts';
import { asText } from '../events/logged.ts';
import type { Detector } from './detector.ts';
import { ANYBODY, allowances, grantTo, outsiderIn, policyIn } from './policy.ts';
import { UNDO } from './steps.ts';

export const keyOpened: Detector = {
  id: 'key-opened',
  title: 'The policy of a key of secrets was changed',
  family: 'changing',
  severity: 'medium',
  alerts: true,

  why: 'Who may use the key may open every secret under it, given the right to read the secret itself.',
  techniques: ['T1098'],
  runbook: ['See who may decrypt with the key now.', UNDO],
  falsePositives: ['A change by infrastructure-as-code: list its role in KEYTURN_DEPLOY_ROLES.'],
  gaps: ['Grants that AWS services make for themselves are passed over.'],
  references: ['https://docs.aws.amazon.com/kms/latest/developerguide/grants.html'],
  on: ['kms:PutKeyPolicy', 'kms:CreateGrant'],
  judge(event, past, deployment) {
    const { kind, outcome, principal, request, resource, name } = event;
    if (kind !== 'call' || outcome.is !== 'ok' || principal.invokedBy !== undefined) return undefined;
    const key = resource ?? asText(request?.['keyId']) ?? '';
    if (!past.isOfAccount('key', key)) return undefined;
    const statements =
      name === 'kms:CreateGrant'
        ? [grantTo(asText(request?.['granteePrincipal']) ?? '')]
        : allowances(policyIn(request));
    const outsider = outsiderIn(statements, event, deployment);
    if (outsider === ANYBODY)
      return {
        subject: key,
        severity: 'critical',
        because: 'The policy of a key of secrets lets anybody use it.',
      };
    if (outsider !== undefined)
      return {
        subject: key,
        severity: 'high',
        because: `A key of secrets may now be used by ${outsider}, which is not listed as trusted.`,
      };
    if (isDeployRole(deployment, principal)) return undefined;
    return {
      subject: key,
      because: `${name === 'kms:CreateGrant' ? 'A grant on' : 'The policy of'} a key of secrets was made by hand.`,
    };
  },
};

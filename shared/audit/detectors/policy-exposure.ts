import type { Detector } from './detector.ts';
import { ANYBODY, allowances, outsiderIn, policyIn } from './policy.ts';
import { LOOK, UNDO } from './steps.ts';

export const policyExposure: Detector = {
  id: 'policy-exposure',
  title: 'A secret opened to others',
  family: 'changing',
  severity: 'high',
  alerts: true,

  why: 'The policy of the secret now lets somebody outside the account read it, for as long as the policy stands.',
  techniques: ['T1098'],
  runbook: [UNDO, 'If it was in force for a while, rotate the secret.', LOOK],
  falsePositives: ['An account or organization of your own that is not listed as trusted.'],
  gaps: [
    'Until KEYTURN_TRUSTED_ORGANIZATIONS names yours, a condition that names any organization is taken for your own.',
    'Conditions on tags and the like are taken for none.',
    'A policy that is deleted, or loses a refusal.',
  ],
  references: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html',
  ],
  on: ['secretsmanager:PutResourcePolicy'],
  judge(event, _past, deployment) {
    if (event.kind !== 'call' || event.outcome.is !== 'ok') return undefined;
    const subject = event.secrets[0]?.key ?? '';
    const outsider = outsiderIn(allowances(policyIn(event.request)), event, deployment);
    if (outsider === undefined) return undefined;
    if (outsider === ANYBODY)
      return {
        subject,
        severity: 'critical',
        because:
          'The policy of a secret lets anybody read it, without a condition that binds it to an organization, an account or a network.',
      };
    return {
      subject,
      because: `The policy of a secret lets ${outsider} use it, which is not listed as trusted.`,
    };
  },
};

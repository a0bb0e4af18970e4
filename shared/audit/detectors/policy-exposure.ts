import { isForeign } from '../deployment.ts';
import type { Detector } from './detector.ts';
import { accountOf, allowances, policyIn } from './policy.ts';
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
  falsePositives: ['An account of your own that is not listed in KEYTURN_TRUSTED_ACCOUNTS.'],
  gaps: ['Conditions are looked for, not evaluated.'],
  references: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html',
  ],
  on: ['secretsmanager:PutResourcePolicy'],
  judge(event, _past, deployment) {
    if (event.kind !== 'call' || event.outcome.is !== 'ok') return undefined;
    const open = allowances(policyIn(event.request)).filter(({ isBound }) => !isBound);
    const subject = event.secrets[0]?.key ?? '';
    if (open.some(({ principals }) => principals.includes('*')))
      return {
        subject,
        severity: 'critical',
        because:
          'The policy of a secret lets anybody read it, without a condition that binds it to an organisation, an account or a network.',
      };
    const foreign = open
      .flatMap(({ principals }) => principals.map(accountOf))
      .find((account) => account !== undefined && isForeign(deployment, event, account));
    return foreign === undefined
      ? undefined
      : {
          subject,
          because: `The policy of a secret lets account ${foreign} use it, which is not listed as trusted.`,
        };
  },
};

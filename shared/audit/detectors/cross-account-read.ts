import { isForeign } from '../deployment.ts';
import type { Detector } from './detector.ts';
import { ROTATE } from './steps.ts';

export const crossAccountRead: Detector = {
  id: 'cross-account-read',
  title: 'Another account used a secret',
  family: 'reading',
  severity: 'high',
  alerts: true,

  why: 'The caller belongs to another account, whose policies and people you do not control.',
  techniques: ['T1199'],
  runbook: [
    'Ask whether that account is meant to use the secret; then list it in KEYTURN_TRUSTED_ACCOUNTS.',
    'If not, take it out of the resource policy of the secret and of its key.',
    ROTATE,
  ],
  falsePositives: ['An account of your own that is not listed.'],
  gaps: ['What happens in the other account.'],
  references: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html',
  ],
  on: ['secretsmanager:*'],
  judge(event, past, deployment) {
    const { kind, principal, outcome, secrets } = event;
    const { accountId } = principal;
    if (kind !== 'call' || accountId === undefined || !isForeign(deployment, event, accountId))
      return undefined;
    const [secret] = secrets;
    if (secret !== undefined && past.isKnownReader(secret, accountId) && !past.learning) return undefined;
    return {
      about: accountId,
      subject: secret?.key ?? '',
      severity: outcome.is === 'ok' ? 'high' : 'medium',
      because: `Account ${accountId}, which is not listed as trusted, ${outcome.is === 'ok' ? 'used' : 'tried to use'} a secret of account ${event.accountId}.`,
    };
  },
};

import type { Detector } from './detector.ts';

export const rootUse: Detector = {
  id: 'root-use',
  title: 'The root user touched secrets',
  family: 'reading',
  severity: 'critical',
  alerts: true,
  neverSuppressed: true,
  why: 'The root user of an account can do everything and is needed for almost nothing. No policy limits what it reads.',
  techniques: ['T1078.004'],
  runbook: [
    'Ask whoever holds the credentials of the root user whether it was them, and why.',
    'If not, change its password, replace its MFA device and delete its access keys, at once.',
    'Treat every secret of the account as read: rotate them, the most valuable first.',
  ],
  falsePositives: ['A person who signed in as root for want of another way in.'],
  gaps: ['What root does in other services is not looked at here.'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html'],
  on: ['secretsmanager:*'],
  judge({ kind, principal, name, outcome }) {
    if (principal.type !== 'root' || kind !== 'call') return undefined;
    const call = name.slice(name.indexOf(':') + 1);
    return { because: `The root user called ${call}${outcome.is === 'ok' ? '' : ', which was refused'}.` };
  },
};

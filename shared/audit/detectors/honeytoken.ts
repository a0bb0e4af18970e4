import { isDeployRole, isOwnRole } from '../deployment.ts';
import type { Detector } from './detector.ts';
import { isHoneytoken } from './kinds-of-secret.ts';
import { LOOK, ROTATE } from './steps.ts';

const VALUES: ReadonlySet<string> = new Set(
  ['GetSecretValue', 'BatchGetSecretValue'].map((call) => `secretsmanager:${call}`),
);

export const honeytoken: Detector = {
  id: 'honeytoken',
  title: 'A honeytoken was touched',
  family: 'reading',
  severity: 'critical',
  alerts: true,
  neverSuppressed: true,
  why: 'Nobody has a reason to touch this secret: it exists to be found by a thief. Whoever touched it is looking through your secrets.',
  techniques: ['T1555.006'],
  runbook: ['Treat the principal as taken over: revoke its sessions or disable its key, now.', LOOK, ROTATE],
  falsePositives: [
    'An inventory or scanner that describes every secret: list its role in KEYTURN_DEPLOY_ROLES.',
  ],
  gaps: ['A list of the secrets does not touch this one.'],
  references: [
    'https://aws.amazon.com/blogs/security/how-to-detect-suspicious-activity-in-your-aws-account-by-using-private-decoy-resources/',
  ],
  on: ['secretsmanager:*', 'kms:Decrypt', 'ssm:GetParameter', 'ssm:GetParameters'],
  judge(event, past, deployment) {
    const { kind, principal, name, secrets } = event;
    if ((kind !== 'call' && kind !== 'witness') || isOwnRole(deployment, principal)) return undefined;
    const touched = secrets.find((secret) => isHoneytoken(deployment, past, secret));
    if (touched === undefined || (!VALUES.has(name) && isDeployRole(deployment, principal))) return undefined;
    return {
      subject: touched.key,
      because: `${name.slice(name.indexOf(':') + 1)} was called on a honeytoken.`,
    };
  },
};

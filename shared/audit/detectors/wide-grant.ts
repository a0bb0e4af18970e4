import { isDeployRole } from '../deployment.ts';
import { asText } from '../events/logged.ts';
import type { Detector } from './detector.ts';
import { allowances, policyIn, type Statement } from './policy.ts';
import { ASK, UNDO } from './steps.ts';

const isWide = ({ actions, resources }: Statement): boolean =>
  resources.some((resource) => resource === '*' || resource.endsWith(':secret:*')) &&
  actions.some((action) => /^secretsmanager:(\*|get\*|getsecretvalue|batchgetsecretvalue)$/i.test(action));

export const wideGrant: Detector = {
  id: 'wide-grant',
  title: 'Somebody may read all secrets',
  family: 'changing',
  severity: 'medium',
  alerts: true,

  why: 'A right to all secrets is what an attacker gives himself first, and what nobody takes back.',
  techniques: ['T1098'],
  runbook: [ASK, UNDO, 'Grant the secrets that are needed, by name.'],
  falsePositives: ['An administrator’s role.'],
  gaps: ['Rights that come with a wider one, as AdministratorAccess.'],
  references: ['https://attack.mitre.org/techniques/T1098/'],
  on: [
    'iam:PutRolePolicy',
    'iam:PutUserPolicy',
    'iam:PutGroupPolicy',
    'iam:CreatePolicy',
    'iam:CreatePolicyVersion',
    'iam:AttachRolePolicy',
    'iam:AttachUserPolicy',
    'iam:AttachGroupPolicy',
  ],
  judge(event, _past, deployment) {
    const { kind, outcome, principal, request } = event;
    if (kind !== 'call' || outcome.is !== 'ok') return undefined;
    const managed = asText(request?.['policyArn'])?.endsWith(':policy/SecretsManagerReadWrite') === true;
    if (!managed && !allowances(policyIn(request)).some(isWide)) return undefined;
    const whom =
      asText(request?.['roleName']) ??
      asText(request?.['userName']) ??
      asText(request?.['groupName']) ??
      asText(request?.['policyName']) ??
      '';
    return {
      subject: whom,
      alerts: !isDeployRole(deployment, principal),
      because: `${whom === '' ? 'A policy' : whom} was given the right to read every secret.`,
    };
  },
};

import { matchesAny } from '../../core/patterns.ts';
import { isDeployRole } from '../deployment.ts';
import { asText } from '../events/logged.ts';
import type { Detector } from './detector.ts';
import { allowances, policyIn, type Statement } from './policy.ts';
import { ASK, UNDO } from './steps.ts';

/** A secret like any other: whoever may read it by a pattern may read all. */
const ANY_SECRET = 'arn:aws:secretsmanager:xx-any-1:000000000000:secret:any-secret-AbCdEf';
const READS = ['secretsmanager:getsecretvalue', 'secretsmanager:batchgetsecretvalue'];

const isWide = ({ actions, resources }: Statement): boolean =>
  resources.some((resource) => matchesAny([anywhere(resource)], ANY_SECRET)) &&
  actions.some(
    (action) =>
      /^secretsmanager:/i.test(action) && READS.some((read) => matchesAny([action.toLowerCase()], read)),
  );

/** In which Region and account does not matter. */
const anywhere = (resource: string): string =>
  resource.replace(/^(arn:[^:]*:secretsmanager):[^:]*:[^:]*:/, '$1:*:*:');

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

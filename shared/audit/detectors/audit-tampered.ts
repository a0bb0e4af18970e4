import { matchesAny } from '../../core/patterns.ts';
import { isDeployRole } from '../deployment.ts';
import type { Logged } from '../events/event.ts';
import type { Detector } from './detector.ts';
import { LOOK } from './steps.ts';
import { isOfTrail } from './trail.ts';

/** The part that a parameter names, by its ARN, or by the last part of that, as APIs like to take it. */
function ownPart(request: Logged | undefined, patterns: readonly string[]): string | undefined {
  const named = Object.values(request ?? {}).filter((value) => typeof value === 'string');
  return named
    .flatMap((value) => [value, value.slice(value.lastIndexOf('/') + 1)])
    .find((value) => patterns.some((pattern) => matchesAny([pattern, lastPartOf(pattern)], value)));
}

const lastPartOf = (arn: string): string => arn.split(/[:/]/).at(-1) ?? arn;

export const auditTampered: Detector = {
  id: 'audit-tampered',
  title: 'Somebody works on the audit itself',
  family: 'watching',
  severity: 'critical',
  alerts: true,
  neverSuppressed: true,
  why: 'What this audit is made of, or the trail it reads, was changed or switched off. What comes next would go unseen.',
  techniques: ['T1562.008'],
  runbook: [
    'Put it back: deploy the stack again, and start the trail.',
    LOOK,
    'Read the trail’s own files for the time that is missing.',
  ],
  falsePositives: ['A deployment by a role that is not listed in KEYTURN_DEPLOY_ROLES.'],
  gaps: [
    'Changes by the deployment’s own role are not told.',
    'An event source mapping is named by an id that the deployment does not know.',
  ],
  references: ['https://attack.mitre.org/techniques/T1562/008/'],
  on: [
    'cloudtrail:StopLogging',
    'cloudtrail:DeleteTrail',
    'cloudtrail:PutEventSelectors',
    'cloudtrail:UpdateTrail',
    'events:DisableRule',
    'events:DeleteRule',
    'events:PutRule',
    'events:RemoveTargets',
    'iam:DeleteRole',
    'iam:DeleteRolePolicy',
    'iam:DetachRolePolicy',
    'iam:PutRolePolicy',
    'iam:UpdateAssumeRolePolicy',
    'lambda:DeleteFunction',
    'lambda:UpdateFunctionCode',
    'lambda:UpdateFunctionConfiguration',
    'lambda:AddPermission',
    'lambda:RemovePermission',
    'lambda:PutFunctionConcurrency',
    'lambda:DeleteEventSourceMapping',
    'lambda:UpdateEventSourceMapping',
    'sns:DeleteTopic',
    'sns:Unsubscribe',
    'sns:SetTopicAttributes',
    'sqs:DeleteQueue',
    'sqs:PurgeQueue',
    'sqs:SetQueueAttributes',
    'dynamodb:DeleteTable',
    'dynamodb:UpdateTimeToLive',
    'logs:DeleteLogGroup',
    'logs:DeleteSubscriptionFilter',
  ],
  judge(event, _past, deployment) {
    const { kind, outcome, principal, name, request } = event;
    if (kind !== 'call' || outcome.is !== 'ok' || isDeployRole(deployment, principal)) return undefined;
    const what = isOfTrail(name, request)
      ? 'the trail'
      : ownPart(request, [...deployment.pipeline, ...deployment.rotationFunctions]);
    return what === undefined
      ? undefined
      : { subject: name, because: `${name.slice(name.indexOf(':') + 1)} was called on ${what}.` };
  },
};

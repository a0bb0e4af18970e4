import { isDeployRole } from '../deployment.ts';
import { asText, objectsOf, textsOf } from '../events/logged.ts';
import type { Detector } from './detector.ts';
import { LOOK, UNDO } from './steps.ts';

/** Set by whoever attaches a secret: neither hides anything from the audit. */
const ATTACHING: readonly string[] = ['keyturn:account', 'keyturn:function', 'keyturn:strategy'];

export const tagTampered: Detector = {
  id: 'tag-tampered',
  title: 'A tag that guards a secret was changed',
  family: 'changing',
  severity: 'high',
  alerts: true,
  neverSuppressed: true,
  why: 'Tags say which secret is a honeytoken, which is for machines, and who answers for it. Without them other detectors are blind.',
  techniques: ['T1562'],
  runbook: [UNDO, LOOK],
  falsePositives: ['A clean-up of tags by hand.'],
  gaps: [
    'Tags set when the secret is created.',
    'Tags that policies go by (ABAC): who so gets in is seen when he reads.',
  ],
  references: ['https://attack.mitre.org/techniques/T1562/'],
  on: ['secretsmanager:TagResource', 'secretsmanager:UntagResource'],
  judge(event, _past, deployment) {
    const { kind, outcome, request, principal, secrets } = event;
    if (kind !== 'call' || outcome.is !== 'ok' || isDeployRole(deployment, principal)) return undefined;
    const keys = [
      ...textsOf(request?.['tagKeys']),
      ...objectsOf(request?.['tags']).map((tag) => asText(tag?.['key']) ?? ''),
    ];
    const ours = keys.find(
      (key) =>
        (key.startsWith('keyturn:') && !ATTACHING.includes(key)) ||
        key === deployment.tags.honeytoken ||
        key === deployment.tags.tier,
    );
    return ours === undefined
      ? undefined
      : { subject: secrets[0]?.key ?? '', because: `The tag ${ours} was set or removed by hand.` };
  },
};

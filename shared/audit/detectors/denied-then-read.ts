import { isRead } from '../memory/remember.ts';
import type { Detector } from './detector.ts';
import { REVOKE, ROTATE } from './steps.ts';

const POLICY_CALLS = ['PutResourcePolicy', 'DeleteResourcePolicy'] as const;

export const deniedThenRead: Detector = {
  id: 'denied-then-read',
  title: 'Read after a refusal',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'What was refused and is allowed an hour later was opened by somebody in between. That may be the owner, or the one who was refused.',
  techniques: ['T1098'],
  runbook: ['See who changed the policy in between, and whether they meant this principal.', REVOKE, ROTATE],
  falsePositives: ['A deployment that was given the right it lacked.'],
  gaps: ['More than a day between the two.'],
  references: ['https://attack.mitre.org/techniques/T1098/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  judge(event, past) {
    if (!isRead(event)) return undefined;
    const denied = event.secrets.find((secret) => past.refusedAt(secret) !== undefined);
    if (denied === undefined) return undefined;
    const since = past.refusedAt(denied) ?? event.time;
    const itself = POLICY_CALLS.some((call) =>
      past
        .ofSecret(denied, call)
        .some(({ value, time }) => value === event.principal.key && time >= since && time <= event.time),
    );
    return {
      subject: denied.key,
      because: `It read a secret that had been refused to it within the day before${itself ? ', after it changed the policy of the secret itself' : ''}.`,
      ...(itself && { severity: 'medium' as const, alerts: true }),
    };
  },
};

import type { Past } from '../memory/past.ts';
import { isRead } from '../memory/remember.ts';
import { DAY } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { REVOKE, ROTATE } from './steps.ts';

const POLICY_CALLS = ['PutResourcePolicy', 'DeleteResourcePolicy'] as const;

function wasDenied(past: Past, secret: string, time: number): boolean {
  const denied = past.first('denied', secret);
  return denied !== undefined && denied <= time && denied > time - DAY;
}

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
    const denied = isRead(event)
      ? event.secrets.find(({ key }) => wasDenied(past, key, event.time))
      : undefined;
    if (denied === undefined) return undefined;
    const itself = POLICY_CALLS.some((call) =>
      past.ofSecret(denied, call).some(({ value }) => value === event.principal.key),
    );
    return {
      subject: denied.key,
      because: `It read a secret that had been refused to it within the day before${itself ? ', after it changed the policy of the secret itself' : ''}.`,
      ...(itself && { severity: 'medium' as const, alerts: true }),
    };
  },
};

import type { AuditEvent } from '../events/event.ts';
import type { Past } from '../memory/past.ts';
import { isRead } from '../memory/remember.ts';
import { DAY } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { ASK, LOOK, REVOKE, ROTATE } from './steps.ts';

/** A role that takes stock, as scanners do. People look around in the console before they read. */
const onlyLooked = ({ time, principal }: AuditEvent, past: Past): boolean =>
  principal.type === 'role' &&
  (past.first('call', 'secretsmanager:ListSecrets') ?? time) <= time - 7 * DAY &&
  READS.every((call) => past.isNew('call', call));

const READS = ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'];

export const newReader: Detector = {
  id: 'new-reader',
  title: 'A principal’s first read',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'Who reads secrets at all changes rarely.',
  techniques: ['T1555.006'],
  runbook: [ASK, REVOKE, ROTATE, LOOK],
  falsePositives: ['Every new service, which only adds.', 'A tool for inventories that begins to read.'],
  gaps: ['The first seven days of an account.'],
  references: ['https://attack.mitre.org/techniques/T1555/006/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  judge(event, past) {
    if (!isRead(event) || past.learning) return undefined;
    if (onlyLooked(event, past))
      return {
        severity: 'medium',
        alerts: true,
        because: 'For a week or longer it had listed the secrets and read none; now it reads.',
      };
    if (!past.principalIsNew) return undefined;
    return { because: 'The principal had used no secret in 90 days.' };
  },
};

import type { AuditEvent } from '../events/event.ts';
import { toolOf } from '../events/tool.ts';
import type { Past } from '../memory/past.ts';
import { isRead } from '../memory/remember.ts';
import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { ASK, LOOK, REVOKE, ROTATE } from './steps.ts';

const SPAN = 15 * MINUTE;
/** Secrets that are new to the principal. */
const SOME = 3;

export const newNetwork: Detector = {
  id: 'new-network',
  title: 'A principal in a new network',
  family: 'reading',
  severity: 'low',
  alerts: false,

  why: 'Credentials that were taken are used somewhere else.',
  techniques: ['T1078.004'],
  runbook: [ASK, REVOKE, ROTATE, LOOK],
  falsePositives: ['Travel, a new office, a new subnet.'],
  gaps: [
    'Principals that are seen in many networks.',
    'By itself it only adds: a thief who reads what its owner reads, with the same tool.',
  ],
  references: ['https://attack.mitre.org/techniques/T1078/004/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets'],
  judge(event, past) {
    if (event.kind !== 'call' || past.learning || !past.networkIsNew) return undefined;
    const because = 'The principal had never been in this network';
    const second = secondSignal(event, past);
    return second === undefined
      ? { because: `${because}.` }
      : { because: `${because}, ${second}.`, severity: 'medium', alerts: true };
  },
};

/** What makes it more than a journey or a new way out. A person takes up new tools, software does not. */
function secondSignal(event: AuditEvent, past: Past): string | undefined {
  const toolIsNew = past.isNew('tool', toolOf(event.origin.userAgent));
  const isSoftware = event.principal.type === 'role' || event.principal.type === 'user';
  if (isSoftware && isRead(event) && toolIsNew) return 'nor used this tool';
  if (!toolIsNew && past.around('list', SPAN).length === 0) return undefined;
  const read = [...past.together('read', SPAN).values].filter((key) => past.isNew('read', key)).length;
  if (read < SOME) return undefined;
  return `and there read ${read} secrets that are new to it, with ${toolIsNew ? 'a tool that is new to it' : 'a list of all'}`;
}

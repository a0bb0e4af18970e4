import { isDeployRole } from '../deployment.ts';
import { asText } from '../events/logged.ts';
import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { LOOK, UNDO } from './steps.ts';

const SPAN = 10 * MINUTE;
const SOME = 5;
const MANY = 20;

export const manyRekeyed: Detector = {
  id: 'many-rekeyed',
  title: 'Many secrets were given another key',
  family: 'changing',
  severity: 'medium',
  alerts: true,

  why: 'Whoever holds a ransom encrypts all with a key of his, and then takes the key away. Readers fail at once if the key does not let them in.',
  techniques: ['T1486'],
  runbook: [
    'See who made the key, who may use it, and that it is not about to be deleted.',
    UNDO,
    'Give the secrets their key back, and write their values anew.',
    LOOK,
  ],
  falsePositives: ['A move to another key that is made by hand.'],
  gaps: [
    'Roles that deploy: as they are configured, or else those that have made secrets before.',
    'Fewer than five secrets in ten minutes.',
  ],
  references: ['https://attack.mitre.org/techniques/T1486/'],
  on: ['secretsmanager:UpdateSecret'],
  judge(event, past, deployment) {
    const { kind, outcome, principal, request } = event;
    if (kind !== 'call' || outcome.is !== 'ok' || asText(request?.['kmsKeyId']) === undefined)
      return undefined;
    const deploys =
      deployment.deployRoles.length > 0
        ? isDeployRole(deployment, principal)
        : principal.type === 'role' && !past.isNew('call', 'secretsmanager:CreateSecret');
    const { values, since } = past.together('rekey', SPAN);
    if (deploys || values.size < SOME) return undefined;
    return {
      since,
      severity: values.size >= MANY ? 'high' : 'medium',
      because: `${values.size} secrets were given another key within ten minutes.`,
      secrets: [...values],
    };
  },
};

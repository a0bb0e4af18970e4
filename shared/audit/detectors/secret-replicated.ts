import { asText, objectsOf } from '../events/logged.ts';
import type { Detector } from './detector.ts';
import { ASK, UNDO } from './steps.ts';

export const secretReplicated: Detector = {
  id: 'secret-replicated',
  title: 'A secret copied to another Region',
  family: 'changing',
  severity: 'low',
  alerts: true,

  why: 'In a Region where nobody works, nobody looks. The copy has the same password.',
  techniques: ['T1537'],
  runbook: [ASK, UNDO],
  falsePositives: ['The first secret of a new Region.'],
  gaps: ['Replicas made before the account was watched.'],
  references: [
    'https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicateSecretToRegions.html',
  ],
  on: ['secretsmanager:ReplicateSecretToRegions', 'secretsmanager:CreateSecret'],
  judge(event, past) {
    if (event.kind !== 'call' || event.outcome.is !== 'ok') return undefined;
    const regions = objectsOf(event.request?.['addReplicaRegions']).map(
      (replica) => asText(replica?.['region']) ?? '',
    );
    if (regions.length === 0) return undefined;
    const unknown = regions.filter((region) => !past.wasOfAccount('region', region));
    const subject = event.secrets[0]?.key ?? '';
    if (unknown.length === 0 || past.learning)
      return { subject, alerts: false, because: `The secret was copied to ${regions.join(', ')}.` };
    return {
      subject,
      severity: 'high',
      because: `The secret was copied to ${unknown.join(', ')}, where this account was never seen to use secrets.`,
    };
  },
};

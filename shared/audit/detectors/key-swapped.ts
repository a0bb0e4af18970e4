import { isForeign } from '../deployment.ts';
import { asText, objectsOf } from '../events/logged.ts';
import type { Detector } from './detector.ts';
import { accountOf } from './policy.ts';
import { UNDO } from './steps.ts';

export const keySwapped: Detector = {
  id: 'key-swapped',
  title: 'A secret encrypted with a stranger’s key',
  family: 'changing',
  severity: 'high',
  alerts: true,

  why: 'Whoever owns the key decides who may read the secret, and can take it away.',
  techniques: ['T1486'],
  runbook: [UNDO, 'Encrypt the secret with your own key again, and write its value anew.'],
  falsePositives: ['An account of your own that is not listed in KEYTURN_TRUSTED_ACCOUNTS.'],
  gaps: ['A key named by an alias or an id is taken for one of the account’s own.'],
  references: ['https://attack.mitre.org/techniques/T1486/'],
  on: [
    'secretsmanager:UpdateSecret',
    'secretsmanager:CreateSecret',
    'secretsmanager:ReplicateSecretToRegions',
  ],
  judge(event, _past, deployment) {
    if (event.kind !== 'call' || event.outcome.is !== 'ok') return undefined;
    const keys = [event.request, ...objectsOf(event.request?.['addReplicaRegions'])].map((part) =>
      asText(part?.['kmsKeyId']),
    );
    const account = keys
      .map((key) => (key === undefined ? undefined : accountOf(key)))
      .find((one) => one !== undefined && isForeign(deployment, event, one));
    if (account === undefined) return undefined;
    return {
      subject: event.secrets[0]?.key ?? '',
      because: `The secret is encrypted with a key of account ${account}, which is not listed as trusted.`,
    };
  },
};

import { HOUR } from '../memory/spans.ts';
import type { Detector } from './detector.ts';

export const decryptWithoutRead: Detector = {
  id: 'decrypt-without-read',
  title: 'A value decrypted, and no read of it seen',
  family: 'watching',
  severity: 'medium',
  alerts: false,

  why: 'KMS tells of every value that is read. Where it tells and Secrets Manager does not, reads are hidden, or lost on the way.',
  techniques: ['T1562.008'],
  runbook: [
    'See whether the trail and the event rules still send GetSecretValue of this Region.',
    'See what else the incident holds.',
  ],
  falsePositives: ['Events that were lost or late.'],
  gaps: [
    'The first time, and the hour after it: the read may still come.',
    'Secrets under the key aws/secretsmanager, where the trail leaves KMS out; deployments that send no KMS events.',
    'Principals who also read in batches by filter, which may name no secret.',
  ],
  references: ['https://attack.mitre.org/techniques/T1562/008/'],
  on: ['kms:Decrypt'],
  judge({ kind, secrets, time }, past) {
    // Before the account was seen to tell of reads, nothing is known to be missing.
    if (kind !== 'witness' || past.learning || !past.isOfAccount('reads', '')) return undefined;
    if (past.first('call', 'secretsmanager:BatchGetSecretValue') !== undefined) return undefined;
    const hidden = secrets.find(
      ({ key }) => (past.first('read', key) ?? time) < time - HOUR && past.first('called', key) === undefined,
    );
    return (
      hidden && { subject: hidden.key, because: 'KMS decrypted this secret again, and no read was told.' }
    );
  },
};

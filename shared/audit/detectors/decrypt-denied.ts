import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { ASK, LOOK, REVOKE } from './steps.ts';

export const decryptDenied: Detector = {
  id: 'decrypt-denied',
  title: 'Secrets asked for whose key refuses',
  family: 'reading',
  severity: 'high',
  alerts: true,

  why: 'The policies of the secrets let it in, the key does not: somebody reads around without knowing what they may open.',
  techniques: ['T1555.006'],
  runbook: [ASK, 'If the key was changed, and applications fail, mend its policy.', REVOKE, LOOK],
  falsePositives: ['A key whose policy was just changed: then applications fail, each with its own secret.'],
  gaps: [
    'Fewer than three secrets in a quarter of an hour.',
    'Secrets whose keys refused it on an earlier day too.',
  ],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue'],
  judge(_event, past) {
    const { values, since } = past.together('undecrypted', 15 * MINUTE);
    const secrets = [...values].filter((key) => past.isNew('undecrypted', key));
    if (secrets.length < 3) return undefined;
    return {
      since,
      because: `The keys of ${secrets.length} secrets refused it within a quarter of an hour.`,
      secrets,
    };
  },
};

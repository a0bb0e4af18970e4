import type { Detector } from './detector.ts';

export const splitSession: Detector = {
  id: 'split-session',
  title: 'One session in two networks',
  family: 'reading',
  severity: 'medium',
  alerts: false,

  why: 'A session’s credentials are in one place. In two at once, one of them may be the thief’s.',
  techniques: ['T1550.001'],
  runbook: ['Nothing by itself: see what else the incident holds.'],
  falsePositives: ['A laptop that changes between networks.'],
  gaps: ['Access keys of users, which live for long.'],
  references: ['https://attack.mitre.org/techniques/T1550/001/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets'],
  judge({ kind, principal }, past) {
    if (kind !== 'call' || principal.accessKeyId?.startsWith('ASIA') !== true) return undefined;
    const networks = past.keyNetworks.size;
    return networks < 2
      ? undefined
      : { because: `The same session was used from ${networks} networks on one day.` };
  },
};

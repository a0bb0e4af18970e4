import type { Detector } from './detector.ts';

export const secretRestored: Detector = {
  id: 'secret-restored',
  title: 'A deleted secret was restored',
  family: 'changing',
  severity: 'low',
  alerts: false,

  why: 'It ends what secret-deleted has found.',
  techniques: [],
  runbook: ['Nothing.'],
  falsePositives: [],
  gaps: [],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html'],
  on: ['secretsmanager:RestoreSecret'],
  judge({ kind, outcome, secrets }) {
    if (kind !== 'call' || outcome.is !== 'ok') return undefined;
    return { subject: secrets[0]?.key ?? '', closes: 'secret-deleted', because: 'The secret was restored.' };
  },
};

import type { Detector } from './detector.ts';
import { LOOK, UNDO } from './steps.ts';

export const keyEndangered: Detector = {
  id: 'key-endangered',
  title: 'A key of secrets is being taken away',
  family: 'changing',
  severity: 'high',
  alerts: true,

  why: 'Without its key a secret cannot be read: every application that needs it fails. A key that is deleted takes its secrets with it for good.',
  techniques: ['T1485', 'T1486'],
  runbook: [UNDO, 'ScheduleKeyDeletion: CancelKeyDeletion, then EnableKey. DisableKey: EnableKey.', LOOK],
  falsePositives: ['The end of an environment: move its secrets to another key first.'],
  gaps: ['Keys that no secret was seen to use yet, where their policy or grants change.'],
  references: ['https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html'],
  on: ['kms:DisableKey', 'kms:ScheduleKeyDeletion'],
  judge(event, past) {
    const { kind, outcome, name, resource } = event;
    if (kind !== 'call' || outcome.is !== 'ok') return undefined;
    const key = resource ?? String(event.request?.['keyId'] ?? '');
    if (!past.isOfAccount('key', key)) return undefined;
    const deleted = name === 'kms:ScheduleKeyDeletion';
    return {
      subject: key,
      severity: deleted ? 'critical' : 'high',
      because: `A key that secrets are encrypted with was ${deleted ? 'scheduled for deletion' : 'disabled'}.`,
    };
  },
};

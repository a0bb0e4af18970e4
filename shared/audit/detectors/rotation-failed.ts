import type { SecretRef } from '../events/event.ts';
import type { Past } from '../memory/past.ts';
import type { Detector } from './detector.ts';

/** Tokens of the rotations that failed since the last success. */
function failuresSince(past: Past, secret: SecretRef): string[] {
  const until = (kind: string) => past.ofSecret(secret, kind).filter(({ time }) => past.isUntil(time));
  const success = Math.max(0, ...until('RotationSucceeded').map(({ time }) => time));
  return until('RotationFailed')
    .filter(({ time }) => time > success)
    .map(({ value, time }) => value || String(time));
}

export const rotationFailed: Detector = {
  id: 'rotation-failed',
  title: 'A rotation failed',
  family: 'rotation',
  severity: 'medium',
  alerts: true,

  why: 'The password stays as it is until a rotation succeeds. Secrets Manager tries again by itself; what fails twice needs a person.',
  techniques: [],
  runbook: [
    'Look up the error code in docs/errors.md: it says what to do.',
    'See that AWSCURRENT logs in.',
    'When the cause is gone, rotate at once with RotateSecret.',
  ],
  falsePositives: ['A database that was restarting.'],
  gaps: ['The event has no error code; the function’s own outcome line has, and arrives by itself.'],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html'],
  on: ['secretsmanager:RotationFailed', 'keyturn:StepFailed'],
  judge(event, past) {
    const [secret] = event.secrets;
    if (secret === undefined) return undefined;
    const { code } = event.outcome;
    const failures = new Set(failuresSince(past, secret)).size;
    return {
      subject: secret.key,
      severity: failures > 1 ? 'high' : 'medium',
      because:
        code === ''
          ? `The rotation failed${placeOf(event.outcome.message)}${failures > 1 ? `, as did ${failures - 1} before it` : ''}.`
          : `A step of the rotation failed with ${code}.`,
    };
  },
};

/** `Error when executing lambda ARN during setSecret step`: the one message that Secrets Manager has for it. */
function placeOf(message: string): string {
  const [, name, step] = /:function:([\w-]+)\S* during (\w+) step/.exec(message) ?? [];
  return name === undefined ? '' : ` in the step ${step} of the function ${name}`;
}

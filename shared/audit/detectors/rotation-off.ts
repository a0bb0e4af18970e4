import { isDeployRole } from '../deployment.ts';
import type { AuditEvent, SecretRef } from '../events/event.ts';
import type { Past } from '../memory/past.ts';
import { rotationDays } from '../memory/remember.ts';
import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { ASK } from './steps.ts';

export const rotationOff: Detector = {
  id: 'rotation-off',
  title: 'Rotation was switched off, or made rare',
  family: 'changing',
  severity: 'medium',
  alerts: true,

  why: 'From now on the password stays as it is for longer, and whoever has it keeps it.',
  techniques: ['T1562'],
  runbook: [ASK, 'Switch rotation on again with RotateSecret, with the interval that it had.'],
  falsePositives: ['A repair: it ends with the next RotateSecret.'],
  gaps: [
    'A longer interval, where the earlier one was set more than 90 days ago, or as a cron or rate expression.',
    'A longer interval that a role of `deployRoles` sets.',
  ],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html'],
  on: ['secretsmanager:CancelRotateSecret', 'secretsmanager:RotateSecret'],
  judge(event, past, deployment) {
    const { kind, outcome, secrets, name, principal } = event;
    const [secret] = secrets;
    if (kind !== 'call' || outcome.is !== 'ok' || secret === undefined) return undefined;
    if (name === 'secretsmanager:CancelRotateSecret')
      return { subject: secret.key, because: 'Rotation of the secret was cancelled.' };
    const days = rotationDays(event);
    const before = daysBefore(event, secret, past);
    if (
      days === undefined ||
      before === undefined ||
      days < 2 * before ||
      isDeployRole(deployment, principal)
    )
      return undefined;
    return {
      subject: secret.key,
      because: `The secret is now rotated every ${days} days, where it was every ${before}.`,
    };
  },
};

/** What the interval was set to last, before the minute of the event. */
function daysBefore({ time }: AuditEvent, secret: SecretRef, past: Past): number | undefined {
  const minute = Math.floor(time / MINUTE) * MINUTE;
  const earlier = past.ofSecret(secret, 'days').filter((set) => set.time < minute);
  const latest = earlier.toSorted((one, other) => one.time - other.time).at(-1);
  return latest && Number(latest.value);
}

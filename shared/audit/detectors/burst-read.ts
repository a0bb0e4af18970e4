import { MINUTE } from '../memory/spans.ts';
import type { Detector } from './detector.ts';
import { familiesOf } from './families.ts';
import { ASK, LOOK, REVOKE, ROTATE } from './steps.ts';
import { isItsWork, isOwnMake, isUsualRead } from './usual.ts';

const SPAN = 10 * MINUTE;
const MANY = 20;
/** Of one family: software reads all of its own, a person does not. */
const SOME = 10;

export const burstRead: Detector = {
  id: 'burst-read',
  title: 'Many secrets read at once',
  family: 'reading',
  severity: 'medium',
  alerts: true,
  why: 'Whoever has stolen credentials reads all the secrets they open, in minutes. Software reads the few it needs, and the same ones again.',
  techniques: ['T1555.006'],
  runbook: [ASK, REVOKE, ROTATE, LOOK],
  falsePositives: [
    'The first start of a service that reads many secrets at once.',
    'A person who opens one secret after another in the console.',
  ],
  gaps: [
    'Roles that rotate or deploy, in the networks they are usually in: as they are configured, or else as they behave and as long as they read little that is new to them.',
    'Secrets that the principal reads anyway, from a network it is usually in, are not counted.',
    'Fewer than five in ten minutes: see slow-drain.',
  ],
  references: ['https://attack.mitre.org/techniques/T1555/006/'],
  on: ['secretsmanager:GetSecretValue', 'secretsmanager:BatchGetSecretValue', 'kms:Decrypt'],
  judge(event, past, deployment) {
    if (isUsualRead(event, past) || isItsWork(event, past, deployment)) return undefined;
    const { values, since } = past.together('read', SPAN);
    const secrets = [...values].filter((key) => !isOwnMake(key, past));
    // A new service starts with all of its secrets; people, and users with a key, do not.
    const starts = past.principalIsNew && event.principal.type === 'role';
    const least = past.learning || starts ? MANY : 5;
    const ofOne = event.principal.type === 'role' ? MANY : SOME;
    if (secrets.length < least || (secrets.length < ofOne && familiesOf(secrets) < 2)) return undefined;
    const there = past.secretsThere ?? Number.POSITIVE_INFINITY;
    const half = secrets.length >= there / 2;
    return {
      since,
      severity: secrets.length >= MANY || half ? 'high' : 'medium',
      because: `${secrets.length} secrets that are new to it were read within ten minutes${half ? `, of ${there} in all` : ''}.`,
      secrets,
    };
  },
};

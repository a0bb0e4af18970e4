import { DAY } from '../memory/spans.ts';
import type { Detector } from './detector.ts';

export const rotationStuck: Detector = {
  id: 'rotation-stuck',
  title: 'A rotation does not come to its end',
  family: 'rotation',
  severity: 'medium',
  alerts: true,

  why: 'A version has waited as AWSPENDING for more than a day. The next rotation cannot begin, and with a single user AWSPENDING may be the only password that works.',
  techniques: [],
  runbook: [
    'See that AWSCURRENT logs in, and whether AWSPENDING does.',
    'Never remove AWSPENDING before that.',
    'Look up why the last step failed, mend it, and rotate again.',
  ],
  falsePositives: [],
  gaps: [],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html'],
  on: ['keyturn:SecretSeen'],
  judge({ details, secrets, time }) {
    const since = details?.['pendingSince'];
    const at = typeof since === 'string' ? Date.parse(since) : Number.NaN;
    if (!(time > at + DAY)) return undefined;
    return {
      subject: secrets[0]?.key ?? '',
      because: `A version has been AWSPENDING since ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
    };
  },
};

import { asText } from '../events/logged.ts';
import { DAY, HOUR } from '../memory/spans.ts';
import type { Detector } from './detector.ts';

export const rotationStuck: Detector = {
  id: 'rotation-stuck',
  title: 'A rotation does not come to its end',
  family: 'rotation',
  severity: 'medium',
  alerts: true,

  why: 'A rotation has begun and not ended: a version waits as AWSPENDING. The next rotation cannot begin, and with a single user AWSPENDING may be the only password that works.',
  techniques: [],
  runbook: [
    'See that AWSCURRENT logs in, and whether AWSPENDING does.',
    'Never remove AWSPENDING before that.',
    'Look up why the last step failed, mend it, and rotate again.',
  ],
  falsePositives: [],
  gaps: ['What begins and does not end between two looks of the sweep, a day apart.'],
  references: ['https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html'],
  on: ['keyturn:SecretSeen'],
  judge({ details, secrets: [secret], time }, past) {
    const version = asText(details?.['pendingVersion']);
    const changed = Date.parse(asText(details?.['pendingSince']) ?? '');
    if (version === undefined || secret === undefined) return undefined;
    const times = (kind: string) =>
      past.ofSecret(secret, kind).flatMap((sighting) => (sighting.value === version ? [sighting.time] : []));
    // A change of another kind, as of a tag, moves the date that the list tells; what was found before does not move.
    const since = Math.min(changed, ...times('pending'));
    if (time > since + DAY)
      return { subject: secret.key, because: `A version has been AWSPENDING since ${minuteOf(since)}.` };
    const started = Math.min(...times('RotationStarted'));
    const ended = ENDS.some((kind) => times(kind).length > 0);
    if (ended || !(time > started + HOUR) || started === Number.POSITIVE_INFINITY) return undefined;
    return {
      subject: secret.key,
      because: `A rotation began at ${minuteOf(started)}, and no end of it was told.`,
    };
  },
};

const ENDS = ['RotationSucceeded', 'RotationFailed', 'RotationAbandoned'] as const;

const minuteOf = (time: number): string =>
  `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

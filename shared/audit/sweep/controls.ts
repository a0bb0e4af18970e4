/**
 * What AWS's own checks of secrets would say, by their names: the controls of Security Hub and one rule of Config. The
 * digest counts them; they are no alerts.
 * @see https://docs.aws.amazon.com/securityhub/latest/userguide/secretsmanager-controls.html
 * @see https://docs.aws.amazon.com/config/latest/developerguide/secretsmanager-using-cmk.html
 */
import { DAY } from '../memory/spans.ts';
import type { ListedSecret } from './listed-secret.ts';

interface Control {
  readonly id: string;
  readonly title: string;
  /** The defaults of the control's parameters are AWS's. */
  readonly fails: (secret: ListedSecret, now: number) => boolean;
}

const NINETY_DAYS = 90 * DAY;

export const CONTROLS: readonly Control[] = [
  {
    id: 'SecretsManager.1',
    title: 'Automatic rotation is off',
    fails: ({ rotationEnabled }) => !rotationEnabled,
  },
  {
    id: 'SecretsManager.2',
    title: 'Rotation is on, and did not happen as scheduled',
    fails: (secret, now) => secret.rotationEnabled && (dueAt(secret) ?? Number.POSITIVE_INFINITY) < now - DAY,
  },
  {
    id: 'SecretsManager.3',
    title: 'Nobody has read it for 90 days',
    fails: ({ accessedAt, createdAt }, now) => (accessedAt ?? createdAt) < now - NINETY_DAYS,
  },
  {
    id: 'SecretsManager.4',
    title: 'It was not rotated for 90 days',
    fails: ({ rotatedAt, createdAt }, now) => (rotatedAt ?? createdAt) < now - NINETY_DAYS,
  },
  { id: 'SecretsManager.5', title: 'It has no tags', fails: ({ tags }) => ownTags(tags).length === 0 },
  {
    id: 'secretsmanager-using-cmk',
    title: 'It is encrypted with the key aws/secretsmanager',
    fails: ({ kmsKeyId }) => kmsKeyId === undefined || kmsKeyId.endsWith('alias/aws/secretsmanager'),
  },
];

/** Tags that AWS sets itself begin with `aws:` and count for nothing. */
const ownTags = (tags: ReadonlyMap<string, string>): string[] =>
  [...tags.keys()].filter((key) => !key.startsWith('aws:'));

/** When the rotation should have been done, with a tenth of the interval in hand. Undefined where nothing is scheduled. */
export function dueAt({
  rotationEnabled,
  rotatedAt,
  createdAt,
  rotationDays,
  nextRotationAt,
}: ListedSecret): number | undefined {
  if (!rotationEnabled) return undefined;
  const byInterval =
    rotationDays === undefined ? undefined : (rotatedAt ?? createdAt) + rotationDays * 1.1 * DAY;
  return nextRotationAt ?? byInterval;
}

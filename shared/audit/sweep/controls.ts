/**
 * What AWS's own checks of secrets would say, by their names: the controls of Security Hub and one rule of Config. The
 * digest counts the secrets that fail them, and names some; they are no alerts.
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
  /** Of one that fails, since when it does or might; milliseconds since 1970. */
  readonly since: (secret: ListedSecret) => number;
}

const NINETY_DAYS = 90 * DAY;

const lastRotated = ({ rotatedAt, createdAt }: ListedSecret): number => rotatedAt ?? createdAt;
const lastRead = ({ accessedAt, createdAt }: ListedSecret): number => accessedAt ?? createdAt;
const made = ({ createdAt }: ListedSecret): number => createdAt;

export const CONTROLS: readonly Control[] = [
  {
    id: 'SecretsManager.1',
    title: 'Automatic rotation is off',
    fails: ({ rotationEnabled }) => !rotationEnabled,
    since: lastRotated,
  },
  {
    id: 'SecretsManager.2',
    title: 'Rotation is on, and did not happen as scheduled',
    fails: (secret, now) => secret.rotationEnabled && (dueAt(secret) ?? Number.POSITIVE_INFINITY) < now - DAY,
    since: (secret) => dueAt(secret) ?? secret.createdAt,
  },
  {
    id: 'SecretsManager.3',
    title: 'Nobody has read it for 90 days',
    fails: (secret, now) => lastRead(secret) < now - NINETY_DAYS,
    since: lastRead,
  },
  {
    id: 'SecretsManager.4',
    title: 'It was not rotated for 90 days',
    fails: (secret, now) => lastRotated(secret) < now - NINETY_DAYS,
    since: lastRotated,
  },
  {
    id: 'SecretsManager.5',
    title: 'It has no tags',
    fails: ({ tags }) => ownTags(tags).length === 0,
    since: made,
  },
  {
    id: 'secretsmanager-using-cmk',
    title: 'It is encrypted with the key aws/secretsmanager',
    fails: ({ kmsKeyId }) => kmsKeyId === undefined || kmsKeyId.endsWith('alias/aws/secretsmanager'),
    since: made,
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

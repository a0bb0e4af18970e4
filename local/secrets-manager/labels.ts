/**
 * The rules of staging labels.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
 */
import { limitExceeded } from './errors.ts';
import type { Secret } from './secret.ts';

export const CURRENT = 'AWSCURRENT';
export const PENDING = 'AWSPENDING';
const PREVIOUS = 'AWSPREVIOUS';

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
const MOST_LABELS = 20;

export const stagesOf = (secret: Secret, versionId: string): string[] =>
  [...secret.labels].filter(([, holder]) => holder === versionId).map(([label]) => label);

/** The version with AWSPENDING, unless AWSCURRENT is on it as well: then that rotation is over. */
export function incompleteVersion(secret: Secret): string | undefined {
  const pending = secret.labels.get(PENDING);
  return pending === secret.labels.get(CURRENT) ? undefined : pending;
}

/** @throws ServiceError LimitExceededException when the secret would have more than 20 labels. */
export function checkRoomForLabels(secret: Secret, labels: readonly string[]): void {
  const all = new Set([...secret.labels.keys(), ...labels]);
  if (all.size > MOST_LABELS)
    throw limitExceeded(`You can't attach more than ${MOST_LABELS} staging labels to a secret.`);
}

/** Attaches a label, taking it off the version that has it. AWSPREVIOUS follows AWSCURRENT. */
export function attach(secret: Secret, label: string, to: string): void {
  const from = secret.labels.get(label);
  if (from === to) return;
  secret.labels.set(label, to);
  if (label === CURRENT && from !== undefined) secret.labels.set(PREVIOUS, from);
}

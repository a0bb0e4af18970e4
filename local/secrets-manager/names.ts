/** Names and ARNs of secrets. */
import { randomInt } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** A hyphen and six characters, which Secrets Manager appends to the name in the ARN. */
const SUFFIX_LENGTH = 7;

export const isValidName = (name: string): boolean => /^[\w/+=.@!-]{1,512}$/.test(name);

export function arnOf(where: { region: string; accountId: string }, name: string): string {
  const suffix = Array.from({ length: SUFFIX_LENGTH - 1 }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return `arn:aws:secretsmanager:${where.region}:${where.accountId}:secret:${name}-${suffix.join('')}`;
}

/** Of an ARN. */
export const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

/** The ARN of a copy: the same but for its Region, the suffix included. */
export const withRegion = (arn: string, region: string): string =>
  arn
    .split(':')
    .map((part, at) => (at === 3 ? region : part))
    .join(':');

/**
 * Whether `id` is the name or the ARN without its suffix.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
export const matches = ({ arn, name }: { arn: string; name: string }, id: string): boolean =>
  id === name || id === arn.slice(0, -SUFFIX_LENGTH);

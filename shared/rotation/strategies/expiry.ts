/** When a new password is to end by itself, if the secret asks for it. */
import type { NewPassword } from '../engine.ts';
import type { DatabaseSecret } from '../secret.ts';

const DAY_MS = 86_400_000;

/** Counted from the change: a repeated attempt begins anew. */
export function expiryOf({ options }: DatabaseSecret): Pick<NewPassword, 'validUntil'> {
  const { validDays } = options.password;
  return validDays === undefined ? {} : { validUntil: new Date(Date.now() + validDays * DAY_MS) };
}

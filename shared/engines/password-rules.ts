/** What a new password is made of unless an engine, the deployment or the secret narrows it. */
import type { PasswordRules } from '../rotation/password.ts';

/** What AWS's own rotation functions leave out, so that a password also fits in a URL. */
export const PASSWORD_RULES: PasswordRules = {
  minLength: 8,
  // A login with a longer one is cut by some clients and replicas.
  maxLength: 128,
  length: 32,
  excludeCharacters: ':/@"\'\\',
  excludeClasses: [],
  requiredClasses: [],
  requireEachClass: true,
};

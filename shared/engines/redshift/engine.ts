/** Amazon Redshift, provisioned and Serverless. Never run against a live one: docs/redshift.md. */
import type { DatabaseEngine } from '../../rotation/engine.ts';
import { PASSWORD_RULES } from '../password-rules.ts';
import type { TlsSettings } from '../tls.ts';
import { checkUsername, quoteIdentifier } from './names.ts';
import { PASSWORD_FORMS } from './password.ts';

export const redshift = ({ tls }: { readonly tls: TlsSettings }): DatabaseEngine => ({
  names: ['redshift'],
  defaultPort: 5439,
  strategies: ['single-user', 'alternating-users'],
  passwordForms: PASSWORD_FORMS,
  // https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
  passwordRules: {
    ...PASSWORD_RULES,
    maxLength: 64,
    requiredClasses: ['uppercase', 'lowercase', 'numbers'],
  },
  passwordsExpire: true,
  ownerRoles: false,
  seesOtherUsers: false,
  connectsToDatabase: true,
  usersMarkThemselves: false,
  checkUsername,
  quoteIdentifier,
  async login(target, credentials, limits) {
    // The driver, which createSecret need not wait for.
    const { login } = await import('./login.ts');
    return login(tls, target, credentials, limits);
  },
});

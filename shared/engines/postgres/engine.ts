/** PostgreSQL 13 to 18: RDS, Aurora, and any other. */
import type { DatabaseEngine } from '../../rotation/engine.ts';
import { PASSWORD_RULES } from '../password-rules.ts';
import type { TlsSettings } from '../tls.ts';
import { checkUsername, quoteIdentifier } from './names.ts';
import { PASSWORD_FORMS } from './password.ts';

export const postgres = ({ tls }: { readonly tls: TlsSettings }): DatabaseEngine => ({
  names: ['postgres', 'aurora-postgresql'],
  defaultPort: 5432,
  strategies: ['single-user', 'alternating-users'],
  passwordForms: PASSWORD_FORMS,
  passwordRules: PASSWORD_RULES,
  passwordsExpire: false,
  ownerRoles: true,
  seesOtherUsers: true,
  connectsToDatabase: true,
  usersMarkThemselves: false,
  checkUsername,
  quoteIdentifier,
  async login(target, credentials, limits) {
    // The larger half of this folder, which createSecret need not wait for.
    const { login } = await import('./login.ts');
    return login(tls, target, credentials, limits);
  },
});

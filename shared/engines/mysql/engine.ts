/** MySQL and MariaDB: RDS, Aurora, and any other. The server itself says which of the two it is. */
import type { DatabaseEngine } from '../../rotation/engine.ts';
import { PASSWORD_RULES } from '../password-rules.ts';
import type { TlsSettings } from '../tls.ts';
import { checkUsername, quoteIdentifier } from './names.ts';
import { PASSWORD_FORMS } from './password.ts';

export const mysql = ({ tls }: { readonly tls: TlsSettings }): DatabaseEngine => ({
  names: ['mysql', 'aurora-mysql', 'mariadb'],
  defaultPort: 3306,
  strategies: ['single-user', 'alternating-users', 'dual-password'],
  passwordForms: PASSWORD_FORMS,
  passwordRules: PASSWORD_RULES,
  passwordsExpire: false,
  ownerRoles: false,
  seesOtherUsers: false,
  connectsToDatabase: false,
  // `ALTER USER CURRENT_USER() IDENTIFIED BY … ATTRIBUTE …` asks for no right.
  usersMarkThemselves: true,
  checkUsername,
  quoteIdentifier,
  async login(target, credentials, limits) {
    // The driver, which createSecret need not wait for.
    const { login } = await import('./login.ts');
    return login(tls, target, credentials, limits);
  },
});

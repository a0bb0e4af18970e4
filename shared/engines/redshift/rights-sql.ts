/**
 * What rights.ts reads: system views that any user may read, each for the user $1 alone. They are documented at
 * https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_RELATION_PRIVILEGES.html and by their own names beside it.
 */

/** Whether it may be handed on; the documentation shows `f` in one place and `False` in another. */
export type Flag = boolean | string;

export interface Role {
  readonly role_name: string;
  readonly admin_option: Flag;
}

export interface Privilege {
  /** Absent where objects belong to no schema. */
  readonly namespace_name?: string;
  readonly name: string;
  readonly privilege_type: string;
  readonly admin_option?: Flag;
}

export interface ColumnPrivilege extends Privilege {
  readonly column_name: string;
}

export interface FunctionPrivilege extends Privilege {
  /** E.g. `integer, character varying`. */
  readonly argument_types: string;
}

export interface DefaultPrivilege {
  readonly owner_name: string;
  readonly schema_name: string | null;
  /** RELATION, FUNCTION or PROCEDURE. */
  readonly object_type: string;
  readonly privilege_type: string;
  readonly admin_option: Flag;
}

export interface Owned {
  readonly kind: string;
  readonly namespace_name: string | null;
  readonly name: string;
}

const OWN = "identity_type = 'user' AND identity_name = $1";
const PRIVILEGE = 'privilege_type, admin_option';

export const CREATEDB = 'SELECT usename FROM pg_user WHERE usecreatedb AND usename = $1';

export const ROLES = 'SELECT role_name, admin_option FROM svv_user_grants WHERE user_name = $1';

const databases = (which: '=' | '<>'): string =>
  `SELECT database_name AS name, ${PRIVILEGE} FROM svv_database_privileges
  WHERE ${OWN} AND database_name ${which} current_database()`;

export const DATABASE = databases('=');
export const OTHER_DATABASES = databases('<>');

export const SCHEMAS = `SELECT namespace_name AS name, ${PRIVILEGE}
  FROM svv_schema_privileges WHERE ${OWN}`;

export const RELATIONS = `SELECT namespace_name, relation_name AS name, ${PRIVILEGE}
  FROM svv_relation_privileges WHERE ${OWN}`;

export const COLUMNS = `SELECT namespace_name, relation_name AS name, column_name, privilege_type
  FROM svv_column_privileges WHERE ${OWN}`;

export const FUNCTIONS = `SELECT namespace_name, function_name AS name, argument_types, ${PRIVILEGE}
  FROM svv_function_privileges WHERE ${OWN}`;

export const LANGUAGES = `SELECT language_name AS name, ${PRIVILEGE}
  FROM svv_language_privileges WHERE ${OWN}`;

export const MODELS = `SELECT namespace_name, model_name AS name, ${PRIVILEGE}
  FROM svv_ml_model_privileges WHERE ${OWN}`;

export const DATASHARES = `SELECT datashare_name AS name, ${PRIVILEGE}
  FROM svv_datashare_privileges WHERE ${OWN}`;

export const DEFAULTS = `SELECT owner_name, schema_name, object_type, ${PRIVILEGE}
  FROM svv_default_privileges WHERE grantee_type = 'user' AND grantee_name = $1`;

/** Of the catalogues that Redshift has from PostgreSQL; temporary tables end with their session. */
export const OWNED = `
  SELECT 'table' AS kind, nspname AS namespace_name, relname AS name FROM pg_class, pg_namespace, pg_user
  WHERE pg_namespace.oid = relnamespace AND usesysid = relowner AND usename = $1
    AND relkind IN ('r', 'v') AND nspname NOT LIKE 'pg_temp%'
  UNION ALL SELECT 'function' AS kind, nspname AS namespace_name, proname AS name FROM pg_proc, pg_namespace, pg_user
  WHERE pg_namespace.oid = pronamespace AND usesysid = proowner AND usename = $1
  UNION ALL SELECT 'schema' AS kind, NULL AS namespace_name, nspname AS name FROM pg_namespace, pg_user
  WHERE usesysid = nspowner AND usename = $1 AND nspname NOT LIKE 'pg_temp%'
  UNION ALL SELECT 'database' AS kind, NULL AS namespace_name, datname AS name FROM pg_database, pg_user
  WHERE usesysid = datdba AND usename = $1`;

/** Defaults by ALTER USER … SET, e.g. `search_path=sales, public`. */
export const SETTINGS = 'SELECT useconfig FROM pg_user WHERE useconfig IS NOT NULL AND usename = $1';

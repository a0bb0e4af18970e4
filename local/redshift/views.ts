/**
 * The system views of Redshift that a rotation reads, over the catalogue of PostgreSQL. Columns are those of
 * https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_RELATION_PRIVILEGES.html and its neighbours, and so is who sees
 * what: superusers all, others only what is their own.
 *
 * How Redshift's things are kept in PostgreSQL: a group is a role without login; a role of Redshift is one with
 * CONNECTION LIMIT 0, and CREATEROLE stands for its permissions over users; a password is a setting of the user.
 */

/** Settings of a role that hold what PostgreSQL has no place for. */
export const CREDENTIAL = 'redshift.credential';
export const VALID_UNTIL = 'redshift.valid_until';

const IDENTITY = `CASE WHEN i.oid IS NULL THEN 'public' WHEN i.rolcanlogin THEN 'user'
    WHEN i.rolconnlimit = 0 THEN 'role' ELSE 'group' END`;

const SEES_ALL = '(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = session_user)';

/** @param from with `acl`, `owner` and the columns named */
const privileges = (view: string, columns: string, from: string): string => `
  CREATE VIEW redshift.${view} AS
  SELECT ${columns}, replace(e.privilege_type, 'TEMPORARY', 'TEMP')::varchar AS privilege_type,
    coalesce(i.oid, 0)::int AS identity_id, coalesce(i.rolname::text, 'public')::varchar AS identity_name,
    (${IDENTITY})::varchar AS identity_type, e.is_grantable AS admin_option
  FROM (${from}) o CROSS JOIN LATERAL aclexplode(o.acl) e LEFT JOIN pg_catalog.pg_roles i ON i.oid = e.grantee
  WHERE e.grantee <> o.owner AND (${SEES_ALL} OR i.rolname = session_user)`;

/** In PostgreSQL only a superuser may give these to roles of Redshift's kind: there is nothing to look them up in. */
const empty = (view: string, columns: string): string => `
  CREATE TABLE redshift.${view} (${columns}, privilege_type varchar, identity_id int, identity_name varchar,
    identity_type varchar, admin_option boolean)`;

const IN_SCHEMA = 'n.nspname::varchar AS namespace_name';
const NOT_OURS = "n.nspname NOT IN ('redshift', 'pg_catalog', 'information_schema')";

/** To be run once, in each database. */
export const SYSTEM_VIEWS: readonly string[] = [
  'CREATE SCHEMA redshift',
  `CREATE FUNCTION redshift.version() RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, Redshift 1.0.0 (a gateway of Keyturn''s own)' $$`,
  `CREATE VIEW redshift.pg_user AS SELECT usename, usesysid::int AS usesysid, usecreatedb, usesuper,
    false AS usecatupd, '********'::text AS passwd, valuntil,
    nullif(array(SELECT line FROM unnest(useconfig) line WHERE line NOT LIKE 'redshift.%'), '{}') AS useconfig
    FROM pg_catalog.pg_user WHERE usename <> 'postgres'`,
  `CREATE VIEW redshift.pg_group AS SELECT groname, grosysid::int AS grosysid, grolist::int[] AS grolist
    FROM pg_catalog.pg_group JOIN pg_catalog.pg_roles r ON r.oid = grosysid
    WHERE r.rolconnlimit <> 0 AND groname NOT LIKE 'pg\\_%'`,
  `CREATE VIEW redshift.svv_user_grants AS SELECT u.oid::int AS user_id, u.rolname::varchar AS user_name,
    r.oid::int AS role_id, r.rolname::varchar AS role_name, bool_or(m.admin_option) AS admin_option
    FROM pg_auth_members m JOIN pg_catalog.pg_roles u ON u.oid = m.member
      JOIN pg_catalog.pg_roles r ON r.oid = m.roleid
    WHERE u.rolcanlogin AND r.rolconnlimit = 0 AND (${SEES_ALL} OR u.rolname = session_user)
    GROUP BY 1, 2, 3, 4`,
  `CREATE VIEW redshift.svv_role_grants AS SELECT u.oid::int AS role_id, u.rolname::varchar AS role_name,
    r.oid::int AS granted_role_id, r.rolname::varchar AS granted_role_name
    FROM pg_auth_members m JOIN pg_catalog.pg_roles u ON u.oid = m.member
      JOIN pg_catalog.pg_roles r ON r.oid = m.roleid
    WHERE u.rolconnlimit = 0 AND r.rolconnlimit = 0 AND ${SEES_ALL}`,
  `CREATE VIEW redshift.svv_system_privileges AS SELECT p::varchar AS system_privilege, oid::int AS identity_id,
    rolname::varchar AS identity_name, 'role'::varchar AS identity_type
    FROM pg_catalog.pg_roles CROSS JOIN unnest(ARRAY['CREATE USER', 'ALTER USER', 'DROP USER']) p
    WHERE rolconnlimit = 0 AND rolcreaterole AND ${SEES_ALL}`,
  privileges(
    'svv_database_privileges',
    'o.name::varchar AS database_name',
    'SELECT datname AS name, datacl AS acl, datdba AS owner FROM pg_database',
  ),
  privileges(
    'svv_schema_privileges',
    'o.namespace_name',
    `SELECT ${IN_SCHEMA}, n.nspacl AS acl, n.nspowner AS owner FROM pg_namespace n WHERE ${NOT_OURS}`,
  ),
  privileges(
    'svv_relation_privileges',
    'o.namespace_name, o.name::varchar AS relation_name',
    `SELECT ${IN_SCHEMA}, c.relname AS name, c.relacl AS acl, c.relowner AS owner
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v') AND ${NOT_OURS}`,
  ),
  privileges(
    'svv_column_privileges',
    'o.namespace_name, o.name::varchar AS relation_name, o.attname::varchar AS column_name',
    `SELECT ${IN_SCHEMA}, c.relname AS name, a.attname, a.attacl AS acl, c.relowner AS owner FROM pg_attribute a
     JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${NOT_OURS}`,
  ),
  privileges(
    'svv_function_privileges',
    'o.namespace_name, o.name::varchar AS function_name, o.argument_types',
    `SELECT ${IN_SCHEMA}, p.proname AS name, oidvectortypes(p.proargtypes)::varchar AS argument_types,
     p.proacl AS acl, p.proowner AS owner FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE ${NOT_OURS}`,
  ),
  privileges(
    'svv_language_privileges',
    'o.name::varchar AS language_name',
    'SELECT lanname AS name, lanacl AS acl, lanowner AS owner FROM pg_language',
  ),
  empty('svv_ml_model_privileges', 'namespace_name varchar, model_name varchar, model_version int'),
  empty('svv_datashare_privileges', 'datashare_name varchar'),
  `CREATE VIEW redshift.svv_default_privileges AS SELECT n.nspname::varchar AS schema_name,
    CASE d.defaclobjtype WHEN 'r' THEN 'RELATION' WHEN 'f' THEN 'FUNCTION' END::varchar AS object_type,
    d.defaclrole::int AS owner_id, pg_get_userbyid(d.defaclrole)::varchar AS owner_name, 'user'::varchar AS owner_type,
    e.privilege_type::varchar AS privilege_type, e.grantee::int AS grantee_id, i.rolname::varchar AS grantee_name,
    (${IDENTITY})::varchar AS grantee_type, e.is_grantable AS admin_option
    FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) e
      JOIN pg_catalog.pg_roles i ON i.oid = e.grantee LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
    WHERE e.grantee <> d.defaclrole AND (${SEES_ALL} OR i.rolname = session_user)`,
  'GRANT USAGE ON SCHEMA redshift TO PUBLIC',
  'GRANT SELECT ON ALL TABLES IN SCHEMA redshift TO PUBLIC',
];

/** Where the views above and PostgreSQL's catalogue stand, at the end of every search path. */
export const SYSTEM_SCHEMAS = 'redshift, pg_catalog';

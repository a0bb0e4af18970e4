/**
 * What rights.ts reads. Every query takes the user's name as $1 and must run as any user; pg_shdepend, which is
 * indexed by role, leads to the objects, so that large catalogues are not scanned.
 */

/** The user itself, and every role whose rights it has without SET ROLE. */
const HELD = `held AS (
  SELECT r.oid, r.rolname FROM pg_roles u, pg_roles r
  WHERE u.rolname = $1 AND pg_has_role(u.oid, r.oid, 'USAGE'))`;

/** Objects here, or shared by all databases, that have to do with those roles. */
const dependsOnHeld = (kind: 'a' | 'o'): string => `
  SELECT DISTINCT d.classid, d.objid, d.objsubid, d.refobjid
  FROM pg_shdepend d JOIN held ON held.oid = d.refobjid
  WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = '${kind}'
    AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))`;

/** Other sessions' temporary objects end with them. */
const NOT_TEMPORARY = `i.identity IS NOT NULL AND coalesce(i.schema, '') !~ '^pg_temp'`;

/** Where SET ROLE goes is a right of its own: https://www.postgresql.org/docs/16/sql-grant.html */
export const MEMBERSHIPS = (version: number): string => `
  SELECT * FROM (
    SELECT quote_ident(g.rolname) AS name,
      pg_has_role(u.oid, g.oid, 'USAGE') AS usage,
      pg_has_role(u.oid, g.oid, '${version >= 160000 ? 'SET' : 'MEMBER'}') AS set,
      pg_has_role(u.oid, g.oid, 'MEMBER WITH ADMIN OPTION') AS admin
    FROM pg_roles u, pg_roles g
    WHERE u.rolname = $1 AND g.oid <> u.oid AND g.rolname <> ALL ($2)) membership
  WHERE usage OR set OR admin`;

/** Catalogue, its owner and its privileges. */
const CATALOGUES = [
  ['pg_class', 'relowner', 'relacl'],
  ['pg_namespace', 'nspowner', 'nspacl'],
  ['pg_database', 'datdba', 'datacl'],
  ['pg_proc', 'proowner', 'proacl'],
  ['pg_type', 'typowner', 'typacl'],
  ['pg_language', 'lanowner', 'lanacl'],
  ['pg_foreign_data_wrapper', 'fdwowner', 'fdwacl'],
  ['pg_foreign_server', 'srvowner', 'srvacl'],
  ['pg_tablespace', 'spcowner', 'spcacl'],
] as const;

const aclsOf = (catalogue: string, owner: string, acl: string): string => `
  SELECT d.classid, d.objid, 0 AS objsubid, o.${owner} AS owner, o.${acl} AS acl
  FROM mentioned d JOIN ${catalogue} o ON o.oid = d.objid
  WHERE d.classid = '${catalogue}'::regclass AND d.objsubid = 0`;

const COLUMN_ACLS = `
  SELECT d.classid, d.objid, d.objsubid, c.relowner, a.attacl
  FROM mentioned d JOIN pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid
    JOIN pg_class c ON c.oid = d.objid
  WHERE d.classid = 'pg_class'::regclass AND d.objsubid <> 0 AND NOT a.attisdropped`;

/** Dependencies name the catalogue of the contents, which only a superuser may read. */
const LARGE_OBJECT_ACLS = `
  SELECT d.classid, d.objid, 0, o.lomowner, o.lomacl
  FROM mentioned d JOIN pg_largeobject_metadata o ON o.oid = d.objid
  WHERE d.classid = 'pg_largeobject'::regclass`;

const PARAMETER_ACLS = `
  SELECT d.classid, d.objid, 0, 0::oid, o.paracl
  FROM mentioned d JOIN pg_parameter_acl o ON o.oid = d.objid
  WHERE d.classid = 'pg_parameter_acl'::regclass`;

/** An owner's own entry goes with the ownership. */
export const ACL_ENTRIES = (version: number): string => `
  WITH ${HELD}, mentioned AS (${dependsOnHeld('a')}),
  acls AS (${[
    ...CATALOGUES.map(([catalogue, owner, acl]) => aclsOf(catalogue, owner, acl)),
    COLUMN_ACLS,
    LARGE_OBJECT_ACLS,
    ...(version >= 150000 ? [PARAMETER_ACLS] : []),
  ].join(' UNION ')})
  SELECT DISTINCT i.type, i.identity, quote_ident(a.attname) AS column,
    e.privilege_type AS privilege, e.is_grantable AS grantable
  FROM acls CROSS JOIN aclexplode(acls.acl) e JOIN held ON held.oid = e.grantee
    CROSS JOIN pg_identify_object(acls.classid, acls.objid, 0) i
    LEFT JOIN pg_attribute a
      ON acls.objsubid <> 0 AND a.attrelid = acls.objid AND a.attnum = acls.objsubid
  WHERE e.grantee <> acls.owner AND ${NOT_TEMPORARY}`;

export const DEFAULT_ACLS = `
  WITH ${HELD}
  SELECT quote_ident(creator.rolname) AS creator, quote_ident(n.nspname) AS schema,
    d.defaclobjtype::text AS objects, e.privilege_type AS privilege, e.is_grantable AS grantable
  FROM pg_default_acl d CROSS JOIN aclexplode(d.defaclacl) e JOIN held ON held.oid = e.grantee
    JOIN pg_roles creator ON creator.oid = d.defaclrole
    LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
  WHERE e.grantee <> d.defaclrole`;

/** A sequence that belongs to a column changes hands with its table. */
export const OWNED = `
  WITH ${HELD}
  SELECT i.type, i.identity, quote_ident(owner.rolname) AS owner
  FROM (${dependsOnHeld('o')}) d JOIN held owner ON owner.oid = d.refobjid
    CROSS JOIN pg_identify_object(d.classid, d.objid, d.objsubid) i
  WHERE d.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)
    AND ${NOT_TEMPORARY}
    AND NOT EXISTS (SELECT FROM pg_depend s
      WHERE s.classid = 'pg_class'::regclass AND s.objid = d.objid AND d.classid = s.classid
        AND s.refclassid = 'pg_class'::regclass AND s.refobjsubid <> 0 AND s.deptype IN ('a', 'i'))`;

/** INHERIT is left out: what it does shows in the memberships. */
export const ATTRIBUTES = `
  SELECT array_remove(ARRAY[
      CASE WHEN rolsuper THEN 'SUPERUSER' END,
      CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
      CASE WHEN rolcreatedb THEN 'CREATEDB' END,
      CASE WHEN rolreplication THEN 'REPLICATION' END,
      CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL) AS words,
    rolconnlimit AS connections,
    CASE WHEN isfinite(rolvaliduntil)
      THEN to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'
      ELSE 'infinity' END AS until
  FROM pg_roles WHERE rolname = $1`;

/** Foreign servers look a mapping up by the user itself, never by a role it holds. */
export const MAPPINGS = `
  SELECT quote_ident(srvname) AS name FROM pg_user_mappings WHERE usename = $1`;

export const POLICIES = `
  WITH ${HELD}
  SELECT DISTINCT quote_ident(p.polname) AS name, i.identity AS on
  FROM pg_policy p JOIN held ON held.oid = ANY (p.polroles)
    CROSS JOIN pg_identify_object('pg_class'::regclass, p.polrelid, 0) i
  WHERE ${NOT_TEMPORARY}`;

/** The catalogues of another database cannot be read from here; that something is there can. */
export const ELSEWHERE = `
  WITH ${HELD}
  SELECT DISTINCT quote_ident(held.rolname) AS role, quote_ident(b.datname) AS database
  FROM pg_shdepend d JOIN held ON held.oid = d.refobjid JOIN pg_database b ON b.oid = d.dbid
  WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype IN ('a', 'o') AND b.datname <> current_database()`;

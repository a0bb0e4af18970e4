/** Hosts and ports as a secret may name them: one server, at which a login says something about the database. */
import * as v from 'valibot';
import type { Problem } from '../core/parse.ts';

export const hostName = v.pipe(
  v.string(),
  v.check((value) => !value.includes(','), 'lists several hosts; set rotation.host to the writer'),
  v.check(
    (value) => /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$|^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+$/.test(value),
    'must be a host name or an IP address, without scheme, port or path',
  ),
);

export const portNumber = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))]),
  v.check((port) => Number.isInteger(port) && port >= 1 && port <= 65535, 'must be a port from 1 to 65535'),
);

/**
 * RDS names its endpoints by kind: `….proxy-…` is an RDS Proxy, `….cluster-ro-…` an Aurora reader.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.Endpoints.html
 */
export function indirect(host: string, field: string): Problem | undefined {
  const kind = /\.(proxy|cluster-ro)-/i.exec(host)?.[1]?.toLowerCase();
  if (kind === undefined) return undefined;
  return { field, what: `is a ${kind === 'proxy' ? 'proxy' : 'reader'}; set rotation.host to the writer` };
}

const BABELFISH = 1433;

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/babelfish-connect.html */
export function babelfish(host: string, port: number): Problem | undefined {
  if (port !== BABELFISH || !/\.rds\.amazonaws\.com(\.cn)?\.?$/i.test(host)) return undefined;
  return {
    field: 'port',
    what: "is Babelfish's, where Aurora speaks the protocol of SQL Server; set rotation.port to PostgreSQL's",
  };
}

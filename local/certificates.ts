/** A private certificate authority, so that TLS on a laptop is verified the way it is in production. */
import { generate } from 'selfsigned';

/** A certificate and its private key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export async function createAuthority(name = 'Keyturn rehearsal CA'): Promise<Certificate> {
  return create(name, {
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
}

/** A server certificate for 127.0.0.1, localhost and `names`, signed by `authority`. */
export async function createServerCertificate(
  authority: Certificate,
  names: readonly string[] = [],
): Promise<Certificate> {
  const hosts = ['localhost', ...names].map((value) => ({ type: 2 as const, value }));
  return create('localhost', {
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [...hosts, { type: 7, ip: '127.0.0.1' }] },
    ],
  });
}

async function create(
  commonName: string,
  options: NonNullable<Parameters<typeof generate>[1]>,
): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    ...options,
  });
  return { cert: made.cert, key: made.private };
}

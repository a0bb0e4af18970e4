/**
 * `npm run certificates -- FOLDER`: a certificate for 127.0.0.1 and localhost, and its authority, for a database in a
 * container that Keyturn is tried on. https://dev.mysql.com/doc/refman/8.4/en/using-encrypted-connections.html
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createAuthority, createServerCertificate } from '../local/certificates.ts';

const [folder, ...more] = process.argv.slice(2);
if (folder === undefined || more.length > 0) {
  process.stderr.write('Usage: npm run certificates -- FOLDER\n');
  process.exitCode = 2;
} else {
  const authority = await createAuthority();
  const { cert, key } = await createServerCertificate(authority);
  await mkdir(resolve(folder), { recursive: true });
  const files = { 'ca.pem': authority.cert, 'server.pem': cert, 'server-key.pem': key };
  // The server in a container is another user, who has to read the key.
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o644 });
  process.stdout.write(`${Object.keys(files).join(', ')} written to ${folder}\n`);
}

import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const SCRIPT = resolve(import.meta.dirname, '../../cli/certificates.ts');

test('a server in a container can show a certificate that a client verifies', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-certificates-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await promisify(execFile)(process.execPath, [SCRIPT, join(folder, 'made')]);
  const read = (name: string) => readFile(join(folder, 'made', name), 'utf8');
  const authority = new X509Certificate(await read('ca.pem'));
  const server = new X509Certificate(await read('server.pem'));
  expect(server.verify(authority.publicKey)).toBe(true);
  expect([server.checkIP('127.0.0.1'), server.checkHost('localhost')]).toEqual(['127.0.0.1', 'localhost']);
  expect(await read('server-key.pem')).toContain('PRIVATE KEY');
});

test('without a folder it says how it is called', async () => {
  await expect(promisify(execFile)(process.execPath, [SCRIPT])).rejects.toMatchObject({
    code: 2,
    stderr: 'Usage: npm run certificates -- FOLDER\n',
  });
});

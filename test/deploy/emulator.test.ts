/** `npm run emulator` as a person meets it. What can be deployed to it, `ministack.test.ts` sees. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test, vi } from 'vitest';
import { installMinistack } from '../../local/account/ministack.ts';
import { postgresMajors } from '../../local/servers/postgres.ts';

// Commands of serverless, and emulators, take seconds; and a minute where many tests run.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const hasPostgres = postgresMajors().installed.length > 0;
const missing = hasPostgres ? await installMinistack() : 'PostgreSQL is not installed';
const EMULATOR = join(import.meta.dirname, '../../cli/emulator.ts');
const ROOT = join(import.meta.dirname, '../..');

describe.skipIf(missing !== undefined)(`the emulator${missing === undefined ? '' : `: ${missing}`}`, () => {
  test('says where it is and how to use it, holds a secret, and ends without a trace', async () => {
    const child = spawn(process.execPath, [EMULATOR, '--port', '0'], { cwd: ROOT });
    const closed = once(child, 'close');
    let text = '';
    for await (const line of createInterface({ input: child.stdout })) {
      text += `${line}\n`;
      if (line.startsWith('Ctrl-C')) break;
    }
    const file = join(ROOT, /In another terminal: \. (\S+)/.exec(text)?.[1] ?? 'none');
    const settings = await readFile(file, 'utf8');
    const of = (name: string) => new RegExp(`^export ${name}=(.+)$`, 'm').exec(settings)?.[1] ?? '';
    const client = new SecretsManagerClient({
      endpoint: of('AWS_ENDPOINT_URL'),
      region: of('AWS_REGION'),
      credentials: {
        accessKeyId: of('AWS_ACCESS_KEY_ID'),
        secretAccessKey: of('AWS_SECRET_ACCESS_KEY'),
      },
    });
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: 'app/orders' }));
    expect(JSON.parse(SecretString ?? '')).toMatchObject({ engine: 'postgres', host: '127.0.0.1' });
    client.destroy();
    expect(text).toContain(`An AWS account is at ${of('AWS_ENDPOINT_URL')}`);
    child.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
    expect(existsSync(file)).toBe(false);
  });

  test('refuses what is no port', async () => {
    const child = spawn(process.execPath, [EMULATOR, '--port', 'x'], { cwd: ROOT });
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      told += part;
    });
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(told).toBe('--port must be a number\n');
  });
});

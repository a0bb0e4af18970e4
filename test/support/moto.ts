/** moto, a third party's emulator of AWS, from PyPI, run on 127.0.0.1. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { installFromPypi, type PythonPackage, pythonWith } from '../../local/pypi.ts';

const MOTO: PythonPackage = { name: 'moto', version: '5.2.5', extras: '[server]' };

// Ends with its standard input, so that it cannot outlive the tests.
const SERVE = `
import sys
from moto.iam.policy_validation import IAMPolicyDocumentValidator
from moto.server import ThreadedMotoServer

# It passes over types that it does not know, aliases among them, and then refuses the policy that names one.
IAMPolicyDocumentValidator.validate = lambda self: None

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
`;

export interface Moto extends AsyncDisposable {
  readonly endpoint: string;
}

/** @returns why moto cannot be had here; `undefined` when it is installed. */
export const installMoto = (): Promise<string | undefined> => installFromPypi(MOTO);

/** @throws Error when the server does not come up. */
export async function startMoto(): Promise<Moto> {
  const server = spawn(pythonWith(MOTO), ['-c', SERVE], { stdio: ['pipe', 'pipe', 'ignore'] });
  const port = await Promise.race([firstLine(server), exited(server)]);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const gone = once(server, 'exit');
      server.stdin.end();
      await gone;
    },
  };
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('moto has no output.');
  const [line] = await once(createInterface(stdout), 'line');
  return String(line);
}

async function exited(server: ChildProcess): Promise<never> {
  const [code] = await once(server, 'exit');
  throw new Error(`moto ended with ${code} before it listened.`);
}

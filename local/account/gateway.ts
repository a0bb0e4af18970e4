/**
 * One endpoint for all of AWS: calls of Secrets Manager go to our model, all others to the emulator as they came, so
 * that their signatures stay valid.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

export interface Gateway extends AsyncDisposable {
  readonly endpoint: string;
  /** Where calls go from now on. Calls that come before wait. */
  open(upstreams: Upstreams): void;
}

export interface Upstreams {
  readonly secretsManager: string;
  readonly others: string;
}

/** @param port 0 for any */
export async function startGateway(port: number): Promise<Gateway> {
  const { promise: upstreams, resolve: open } = Promise.withResolvers<Upstreams>();
  const server = createServer(async (incoming, outgoing) => {
    const { secretsManager, others } = await upstreams;
    const toSecrets = String(incoming.headers['x-amz-target']).startsWith('secretsmanager.');
    await relay(incoming, outgoing, toSecrets ? secretsManager : others);
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function relay(incoming: IncomingMessage, outgoing: ServerResponse, upstream: string): Promise<void> {
  const { method, url = '/', headers } = incoming;
  const onward = request(new URL(upstream), {
    method: method ?? 'GET',
    path: url,
    // Policies refuse what comes without TLS, as everything does here.
    headers: { ...headers, 'x-forwarded-proto': 'https' },
  });
  try {
    const [[answer]] = await Promise.all([
      once(onward, 'response') as Promise<[IncomingMessage]>,
      pipeline(incoming, onward),
    ]);
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, outgoing);
  } catch {
    // Who called has gone, or the emulator has: the connection says so.
    outgoing.destroy();
  }
}

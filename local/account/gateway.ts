/**
 * One endpoint for all of AWS: calls of Secrets Manager go to our model, all but a few others to the emulator as they
 * came, so that their signatures stay valid.
 */
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

export interface Gateway extends AsyncDisposable {
  readonly endpoint: string;
  /** Where calls go from now on. Calls that come before wait. */
  open(upstreams: Upstreams): void;
}

export interface Upstreams {
  readonly secretsManager: string;
  readonly others: string;
  /** What is answered here, as long as the bridge has an answer. */
  readonly bridges: readonly Bridge[];
}

export interface Bridge {
  takes(headers: IncomingHttpHeaders): boolean;
  /** @returns `undefined` to leave the call to the emulator */
  answer(body: string): Promise<{ readonly type: string; readonly text: string } | undefined>;
}

/** @param port 0 for any */
export async function startGateway(port: number): Promise<Gateway> {
  const { promise: upstreams, resolve: open } = Promise.withResolvers<Upstreams>();
  const server = createServer(async (incoming, outgoing) => {
    try {
      await route(await upstreams, incoming, outgoing);
    } catch {
      // Who called has gone, or the emulator has: the connection says so.
      outgoing.destroy();
    }
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

async function route(
  { secretsManager, others, bridges }: Upstreams,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { headers } = incoming;
  if (String(headers['x-amz-target']).startsWith('secretsmanager.'))
    return relay(incoming, incoming, outgoing, secretsManager);
  const bridge = bridges.find((one) => one.takes(headers));
  if (bridge === undefined) return relay(incoming, incoming, outgoing, others);
  const body = await text(incoming);
  const answer = await bridge.answer(body);
  if (answer === undefined) return relay(incoming, Readable.from([body]), outgoing, others);
  outgoing.writeHead(200, { 'content-type': answer.type }).end(answer.text);
}

async function relay(
  { method, url = '/', headers }: IncomingMessage,
  body: Readable,
  outgoing: ServerResponse,
  upstream: string,
): Promise<void> {
  const onward = request(new URL(upstream), {
    method: method ?? 'GET',
    path: url,
    // Policies refuse what comes without TLS, as everything does here.
    headers: { ...headers, 'x-forwarded-proto': 'https' },
  });
  const [[answer]] = await Promise.all([
    once(onward, 'response') as Promise<[IncomingMessage]>,
    pipeline(body, onward),
  ]);
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  await pipeline(answer, outgoing);
}

/**
 * Lambda's Runtime API for one execution environment, as runtime interface clients speak it.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Answer, Request } from './messages.ts';

const INVOCATION = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/;

export class RuntimeApi {
  readonly #arn: string;
  /** Also called with what went wrong before the first invocation. */
  readonly #answered: (answer: Answer) => void;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #next: Request | undefined;
  /** A client that asked for the next invocation, and waits. */
  #waiting: ServerResponse | undefined;

  constructor(arn: string, answered: (answer: Answer) => void) {
    this.#arn = arn;
    this.#answered = answered;
  }

  /** @returns host and port, as `AWS_LAMBDA_RUNTIME_API` has them */
  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  post(request: Request): void {
    this.#next = request;
    this.#hand();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    if (method === 'GET' && url === '/2018-06-01/runtime/invocation/next') {
      this.#waiting = response;
      return this.#hand();
    }
    const body = await text(request);
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    if (INVOCATION.exec(url)?.[2] === 'response') this.#answered({ json: body });
    else this.#answered({ failure: JSON.parse(body) });
  }

  #hand(): void {
    if (this.#next === undefined || this.#waiting === undefined) return;
    const { event, requestId, endsAt } = this.#next;
    this.#waiting.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': requestId,
      'lambda-runtime-deadline-ms': String(endsAt),
      'lambda-runtime-invoked-function-arn': this.#arn,
      'lambda-runtime-trace-id': `Root=1-00000000-${requestId.replaceAll('-', '').slice(0, 24)};Sampled=0`,
    });
    this.#waiting.end(JSON.stringify(event));
    this.#waiting = undefined;
    this.#next = undefined;
  }
}

/** HTTP with JSON 1.1, as AWS SDKs speak it. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { internalError, ServiceError } from './errors.ts';

export interface Call {
  /** Such as `GetSecretValue`. */
  readonly action: string;
  /** The access key id in the Authorization header. Signatures are not checked. */
  readonly caller: string;
  /** That the call was signed for. */
  readonly region: string;
  readonly userAgent: string;
  /** Also in the answer's header. */
  readonly requestId: string;
  readonly input: unknown;
  /** Name or ARN, of a call that is about one secret. */
  readonly secretId: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly body: object;
}

const TARGET = 'secretsmanager.';

/** @throws ServiceError when the request is not a signed JSON 1.1 call. */
export async function readCall(request: IncomingMessage): Promise<Call> {
  const body = await text(request);
  const target = request.headers['x-amz-target'];
  if (request.method !== 'POST' || typeof target !== 'string' || !target.startsWith(TARGET))
    throw new ServiceError('UnknownOperationException', 'The request names no Secrets Manager action.');
  const input = parseJson(body);
  return {
    action: target.slice(TARGET.length),
    ...signerOf(request),
    userAgent: request.headers['user-agent'] ?? '',
    requestId: randomUUID(),
    ...{ input, secretId: secretIdIn(input) },
  };
}

export const replyTo = (error: unknown): Reply => {
  const known = error instanceof ServiceError ? error : internalError();
  return { status: known.status, body: { __type: known.name, message: known.message } };
};

/** @param requestId of the call; a call that could not be read gets one of its own. */
export function writeReply(response: ServerResponse, { status, body }: Reply, requestId?: string): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': requestId ?? randomUUID(),
  });
  response.end(JSON.stringify(body));
}

function signerOf({ headers }: IncomingMessage): Pick<Call, 'caller' | 'region'> {
  const [, caller, region] = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  if (caller === undefined || region === undefined)
    throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  return { caller, region };
}

function secretIdIn(input: unknown): string | undefined {
  const { SecretId } = (input ?? {}) as { readonly SecretId?: unknown };
  return typeof SecretId === 'string' ? SecretId : undefined;
}

// The parser's own error would quote the body.
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new ServiceError('SerializationException', 'The request body is not JSON.');
  }
}

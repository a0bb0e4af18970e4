/** Starts the model behind a local endpoint for the AWS SDK. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Service } from './actions/action.ts';
import { ACTIONS } from './actions/table.ts';
import { ServiceError, throttled } from './errors.ts';
import { Model } from './model.ts';
import type { RotationFunction } from './rotation-types.ts';
import { Rotations, type RotationsOptions } from './rotations.ts';
import { type Call, type Reply, readCall, replyTo, writeReply } from './wire.ts';

export interface SecretsManagerOptions extends Partial<Omit<RotationsOptions, 'functions'>> {
  /** The rotation functions that Secrets Manager may invoke, by ARN. Looked up at each use. */
  readonly functions?: Map<string, RotationFunction>;
  /**
   * Wraps every call, to count or to break it. `respond` carries the call out; without it nothing happens.
   * `withhold` leaves the caller without an answer.
   */
  readonly intercept?: (call: Call, respond: () => Promise<Reply>) => Promise<Reply | 'withhold'>;
  /** Whether to refuse this call with ThrottlingException. */
  readonly throttle?: (action: string) => boolean;
  readonly region?: string;
  readonly accountId?: string;
  /** See `ModelOptions`; 0 without it. */
  readonly staleReadsMs?: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export interface SecretsManager extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** The state itself, without going through the API. */
  readonly model: Model;
  readonly rotations: Rotations;
  close(): Promise<void>;
}

export async function startSecretsManager(options: SecretsManagerOptions = {}): Promise<SecretsManager> {
  const service = serviceOf(options);
  const server = createServer((request, response) => {
    answer(service, options, request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    server.closeAllConnections();
    await Promise.all([closed, service.rotations.close()]);
  };
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, ...service, close, [Symbol.asyncDispose]: close };
}

function serviceOf(options: SecretsManagerOptions): Service {
  const model = new Model({
    region: options.region ?? 'eu-central-1',
    accountId: options.accountId ?? '111122223333',
    now: options.now ?? Date.now,
    staleReadsMs: options.staleReadsMs ?? 0,
  });
  const rotations = new Rotations(model, {
    functions: options.functions ?? new Map(),
    retries: options.retries ?? 2,
    retryDelayMs: options.retryDelayMs ?? 100,
    pendingAfterSuccess: options.pendingAfterSuccess ?? 'removed',
    requireRotationToken: options.requireRotationToken ?? false,
  });
  return { model, rotations };
}

async function answer(
  service: Service,
  options: SecretsManagerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = await intercepted(service, options, request).catch(replyTo);
  if (reply !== 'withhold') writeReply(response, reply);
}

async function intercepted(
  service: Service,
  { intercept, throttle }: SecretsManagerOptions,
  request: IncomingMessage,
): Promise<Reply | 'withhold'> {
  const call = await readCall(request);
  const respond = async () => (throttle?.(call.action) ? replyTo(throttled()) : carryOut(service, call));
  return intercept === undefined ? respond() : intercept(call, respond);
}

function carryOut(service: Service, { action, input }: Call): Reply {
  try {
    return { status: 200, body: actionNamed(action)(service, input) };
  } catch (error) {
    return replyTo(error);
  }
}

function actionNamed(name: string) {
  const action = ACTIONS.get(name);
  if (action === undefined)
    throw new ServiceError('UnknownOperationException', `The model has no action ${name}.`);
  return action;
}

/** Starts the model behind a local endpoint for the AWS SDK. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Caller } from '../cloudtrail/caller.ts';
import { Trail } from '../cloudtrail/trail.ts';
import type { EventBus } from '../event-bus.ts';
import type { Service } from './actions/action.ts';
import { ACTIONS } from './actions/table.ts';
import { ServiceError, throttled } from './errors.ts';
import { Model } from './model.ts';
import type { RotationFunction } from './rotation-types.ts';
import { Rotations, type RotationsOptions } from './rotations.ts';
import { type Call, type Reply, readCall, replyTo, writeReply } from './wire.ts';

export interface SecretsManagerOptions extends Partial<Omit<RotationsOptions, 'functions' | 'onNews'>> {
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
  /** Gets a record of every call, and what Secrets Manager tells by itself. */
  readonly bus?: EventBus;
  /** See `TrailOptions`; true without it. */
  readonly batchFanOut?: boolean;
  /** Who the callers are, by access key id. Looked up at each call. */
  readonly callers?: ReadonlyMap<string, Caller>;
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
  const { model, rotations } = service;
  return { endpoint: `http://127.0.0.1:${port}`, model, rotations, close, [Symbol.asyncDispose]: close };
}

interface ServiceOnTrail extends Service {
  readonly trail: Trail | undefined;
}

function serviceOf(options: SecretsManagerOptions): ServiceOnTrail {
  const { region = 'eu-central-1', accountId = '111122223333', now = Date.now, bus } = options;
  const callers = options.callers ?? new Map();
  const { batchFanOut = true } = options;
  const trail = bus && new Trail({ bus, region, accountId, callers, now, batchFanOut });
  const model = new Model({
    ...{ region, accountId, now },
    staleReadsMs: options.staleReadsMs ?? 0,
    ...(trail !== undefined && { onChange: (secret) => trail.changed(secret) }),
  });
  const rotations = new Rotations(model, {
    functions: options.functions ?? new Map(),
    retries: options.retries ?? 2,
    retryDelayMs: options.retryDelayMs ?? 100,
    pendingAfterSuccess: options.pendingAfterSuccess ?? 'removed',
    requireRotationToken: options.requireRotationToken ?? false,
    ...(trail !== undefined && { onNews: (news) => trail.rotation(news) }),
  });
  return { model, rotations, trail };
}

async function answer(
  service: ServiceOnTrail,
  options: SecretsManagerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const call = await readCall(request);
    const reply = await intercepted(service, options, call).catch(replyTo);
    if (reply !== 'withhold') writeReply(response, reply, call.requestId);
  } catch (error) {
    writeReply(response, replyTo(error));
  }
}

async function intercepted(
  service: ServiceOnTrail,
  { intercept, throttle }: SecretsManagerOptions,
  call: Call,
): Promise<Reply | 'withhold'> {
  const respond = async () => (throttle?.(call.action) ? replyTo(throttled()) : onTrail(service, call));
  return intercept === undefined ? respond() : intercept(call, respond);
}

function onTrail(service: ServiceOnTrail, call: Call): Reply {
  const reply = carryOut(service, call);
  service.trail?.called(call, reply, (id) => service.model.find(id));
  return reply;
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

/** Starts the model behind a local endpoint for the AWS SDK. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Accounts, type AccountsOptions, type Addressed } from './accounts.ts';
import type { Service } from './actions/action.ts';
import { ACTIONS } from './actions/table.ts';
import { ServiceError, throttled } from './errors.ts';
import type { Model } from './model.ts';
import type { Rotations } from './rotations.ts';
import { type Call, type Reply, readCall, replyTo, writeReply } from './wire.ts';

export interface SecretsManagerOptions extends AccountsOptions {
  /**
   * Wraps every call, to count or to break it. `respond` carries the call out; without it nothing happens.
   * `withhold` leaves the caller without an answer.
   */
  readonly intercept?: (call: Call, respond: () => Promise<Reply>) => Promise<Reply | 'withhold'>;
  /** Whether to refuse this call with ThrottlingException. */
  readonly throttle?: (action: string) => boolean;
}

export interface SecretsManager extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** The state of the home Region itself, without going through the API. */
  readonly model: Model;
  readonly rotations: Rotations;
  close(): Promise<void>;
}

export async function startSecretsManager(options: SecretsManagerOptions = {}): Promise<SecretsManager> {
  const accounts = new Accounts(options);
  const server = createServer((request, response) => {
    answer(accounts, options, request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    server.closeAllConnections();
    await Promise.all([closed, accounts.close()]);
  };
  const { port } = server.address() as AddressInfo;
  const { model, rotations } = accounts.home.home;
  return { endpoint: `http://127.0.0.1:${port}`, model, rotations, close, [Symbol.asyncDispose]: close };
}

async function answer(
  accounts: Accounts,
  options: SecretsManagerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const call = await readCall(request);
    const reply = await intercepted(accounts, options, call).catch(replyTo);
    if (reply !== 'withhold') writeReply(response, reply, call.requestId);
  } catch (error) {
    writeReply(response, replyTo(error));
  }
}

async function intercepted(
  accounts: Accounts,
  { intercept, throttle }: SecretsManagerOptions,
  call: Call,
): Promise<Reply | 'withhold'> {
  const respond = async () =>
    throttle?.(call.action) ? replyTo(throttled()) : onTrail(accounts.addressed(call), call);
  return intercept === undefined ? respond() : intercept(call, respond);
}

async function onTrail({ caller, service, access }: Addressed, call: Call): Promise<Reply> {
  const { action, secretId } = call;
  const { model, trail } = service;
  const refusal =
    secretId === undefined ? undefined : await access.refusal(action, secretId, model.find(secretId));
  const refusedReads = action === 'BatchGetSecretValue' ? await access.refusedReads(model.all()) : new Map();
  // What is done and the record of it come at once, so that nothing of another call comes between.
  const reply = refusal === undefined ? carryOut({ ...service, refusedReads }, call) : replyTo(refusal);
  trail?.called(call, caller, reply, (id) => model.find(id));
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

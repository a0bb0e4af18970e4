/**
 * What `npm run attach` asks of AWS besides Secrets Manager: Lambda, CloudFormation, IAM, KMS and CloudWatch Logs, as far
 * as it asks it. The shapes are those of AWS's API references; IAM's answers are iam-simulate's.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { simulation } from '../../local/account/simulations.ts';
import type { LambdaFunction } from '../../local/lambda/function.ts';

export interface AccountOptions {
  readonly stack: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** By name, or by name and alias as `name:alias`. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly roleArn: string;
}

export interface Account extends AsyncDisposable {
  readonly endpoint: string;
  /** Policies of the role; looked up at each simulation. */
  rolePolicies: readonly object[];
  /** Policies of keys, by ARN. */
  readonly keys: Map<string, object>;
  /** Calls that are refused with AccessDenied, as `lambda:InvokeFunction`. */
  readonly denied: Set<string>;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

interface LogEvent {
  readonly eventId: string;
  readonly timestamp: number;
  readonly message: string;
  readonly group: string;
}

export async function startAccount(options: AccountOptions): Promise<Account> {
  const state = {
    rolePolicies: [] as readonly object[],
    keys: new Map<string, object>(),
    denied: new Set<string>(),
  };
  const lines: LogEvent[] = [];
  for (const [name, lambda] of options.functions)
    lambda.onLine((message) => {
      lines.push({
        eventId: String(lines.length),
        timestamp: Date.now(),
        message,
        group: `/aws/lambda/${name}`,
      });
    });
  const server = createServer((request, response) => {
    answer(request, { options, state, lines }).then((reply) => send(response, reply));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    endpoint: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  });
}

interface World {
  readonly options: AccountOptions;
  readonly state: Pick<Account, 'rolePolicies' | 'keys' | 'denied'>;
  readonly lines: readonly LogEvent[];
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: Answer): void {
  response.writeHead(status, headers);
  response.end(body);
}

async function answer(request: IncomingMessage, world: World): Promise<Answer> {
  const body = await text(request);
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const [, name = '', what = ''] = /^\/2015-03-31\/functions\/([^/]+)\/(\w+)$/.exec(url.pathname) ?? [];
  if (what === 'invocations') return invoked(world, name, url.searchParams.get('Qualifier'), body);
  if (what === 'configuration') return json({ FunctionName: name, Role: world.options.roleArn });
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return byTarget(world, target.split('.')[1] ?? '', JSON.parse(body));
  return byQuery(world, new URLSearchParams(body));
}

const json = (value: object): Answer => ({
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify(value),
});

const failed = (name: string, message: string): Answer => ({
  ...json({ __type: name, message }),
  status: 400,
});

async function invoked(world: World, name: string, alias: string | null, body: string): Promise<Answer> {
  if (world.state.denied.has('lambda:InvokeFunction'))
    return {
      ...failed('AccessDeniedException', 'not authorized to perform lambda:InvokeFunction'),
      status: 403,
    };
  const lambda = world.options.functions.get(alias === null ? name : `${name}:${alias}`);
  if (lambda === undefined)
    return { ...failed('ResourceNotFoundException', 'Function not found'), status: 404 };
  const result = await lambda.invoke(JSON.parse(body));
  if (result.ok) return { body: JSON.stringify(result.value) };
  const { errorType, errorMessage } = result;
  return {
    headers: { 'X-Amz-Function-Error': 'Unhandled' },
    body: JSON.stringify({ errorType, errorMessage }),
  };
}

function byTarget({ state, lines }: World, action: string, input: Readonly<Record<string, unknown>>): Answer {
  const key = String(input['KeyId']);
  if (state.denied.has(`kms:${action}`)) return failed('AccessDeniedException', 'not authorized');
  switch (action) {
    case 'DescribeKey':
      return json({ KeyMetadata: { KeyId: key.split('/')[1], Arn: key, KeyManager: 'CUSTOMER' } });
    case 'GetKeyPolicy':
      return json({ Policy: JSON.stringify(state.keys.get(key)), PolicyName: 'default' });
    case 'FilterLogEvents': {
      const [, id = ''] = /versionId = "([^"]+)"/.exec(String(input['filterPattern'])) ?? [];
      const group = String(input['logGroupName']);
      return json({ events: lines.filter((line) => line.group === group && line.message.includes(id)) });
    }
    default:
      return failed('UnknownOperationException', action);
  }
}

async function byQuery({ options, state }: World, query: URLSearchParams): Promise<Answer> {
  switch (query.get('Action')) {
    case 'DescribeStacks':
      return query.get('StackName') === options.stack ? xml('DescribeStacks', stackOf(options)) : noStack();
    case 'SimulatePrincipalPolicy':
      return { headers: XML, body: await simulation(query, options.roleArn, state.rolePolicies) };
    case 'SimulateCustomPolicy':
      return { headers: XML, body: await simulation(query, options.roleArn, []) };
    default:
      return { status: 400, body: '' };
  }
}

const XML = { 'content-type': 'text/xml' };

const xml = (action: string, result: string): Answer => ({
  headers: XML,
  body: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`,
});

const noStack = (): Answer => ({
  status: 400,
  headers: { 'content-type': 'text/xml' },
  body: '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack does not exist</Message></Error></ErrorResponse>',
});

function stackOf({ stack, outputs }: AccountOptions): string {
  const members = Object.entries(outputs)
    .map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    )
    .join('');
  return `<Stacks><member><StackName>${stack}</StackName><Outputs>${members}</Outputs></member></Stacks>`;
}

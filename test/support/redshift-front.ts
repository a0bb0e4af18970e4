/** Our own answers of the Redshift APIs: moto knows neither managed secrets nor Redshift Serverless. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { freePortOf } from './listen.ts';

/** One page for each item, so that whoever reads but the first page misses the rest. */
export interface RedshiftScene {
  readonly clusters?: readonly {
    readonly id: string;
    readonly host?: string;
    readonly domain?: string;
    readonly secret?: string;
  }[];
  readonly namespaces?: readonly { readonly [field: string]: string }[];
  readonly workgroups?: readonly {
    readonly workgroupName: string;
    readonly namespaceName: string;
    readonly customDomainName?: string;
    readonly endpoint?: { readonly address: string; readonly port: number };
  }[];
  /** By action: what fails, as its error name and HTTP status. */
  readonly faults?: Readonly<Record<string, readonly [name: string, status: number]>>;
}

export interface RedshiftFront extends AsyncDisposable {
  readonly endpoint: string;
  /** Actions in the order of the calls. */
  readonly calls: readonly string[];
}

export async function startRedshiftFront(scene: RedshiftScene): Promise<RedshiftFront> {
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const { action, input } = callOf(request.headers, await text(request));
    calls.push(action);
    const { status, body } = answerTo(scene, action, input);
    response.writeHead(status, { 'content-type': typeOf(request.headers) }).end(body);
  });
  const port = await freePortOf(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

type Input = Readonly<Record<string, string>>;

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Redshift Serverless speaks JSON and names the action in a header; Redshift has it in a form. */
function callOf(headers: IncomingHttpHeaders, body: string): { action: string; input: Input } {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return { action: target.split('.').at(-1) ?? '', input: JSON.parse(body) };
  const form = Object.fromEntries(new URLSearchParams(body));
  return { action: form['Action'] ?? '', input: form };
}

const typeOf = (headers: IncomingHttpHeaders): string =>
  headers['x-amz-target'] === undefined ? 'text/xml' : 'application/x-amz-json-1.1';

function answerTo(scene: RedshiftScene, action: string, input: Input): Answer {
  const fault = scene.faults?.[action];
  if (fault !== undefined) return failed(action, ...fault);
  switch (action) {
    case 'DescribeClusters':
      return describeClusters(scene, input['ClusterIdentifier']);
    case 'GetWorkgroup':
      return getWorkgroup(scene, input['workgroupName']);
    case 'ListNamespaces':
      return page('namespaces', scene.namespaces ?? [], input);
    case 'ListWorkgroups':
      return page('workgroups', scene.workgroups ?? [], input);
    default:
      return failed(action, 'InvalidAction', 400);
  }
}

/** @see https://docs.aws.amazon.com/redshift/latest/APIReference/API_DescribeClusters.html */
function describeClusters({ clusters = [] }: RedshiftScene, id: string | undefined): Answer {
  const found = clusters.find((cluster) => cluster.id === id);
  if (found === undefined) return failed('DescribeClusters', 'ClusterNotFound', 404);
  const tag = (name: string, value: string | undefined) =>
    value === undefined ? '' : `<${name}>${value}</${name}>`;
  const endpoint = found.host && `<Endpoint>${tag('Address', found.host)}${tag('Port', '5439')}</Endpoint>`;
  const cluster = `${endpoint ?? ''}${tag('CustomDomainName', found.domain)}${tag('MasterPasswordSecretArn', found.secret)}`;
  return {
    status: 200,
    body: `<DescribeClustersResponse><DescribeClustersResult><Clusters><Cluster>${cluster}</Cluster></Clusters></DescribeClustersResult></DescribeClustersResponse>`,
  };
}

/** @see https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_GetWorkgroup.html */
function getWorkgroup({ workgroups = [] }: RedshiftScene, name: string | undefined): Answer {
  const workgroup = workgroups.find((one) => one.workgroupName === name);
  return workgroup === undefined
    ? failed('GetWorkgroup', 'ResourceNotFoundException', 400)
    : { status: 200, body: JSON.stringify({ workgroup }) };
}

function page(key: string, items: readonly unknown[], { nextToken = '0' }: Input): Answer {
  const at = Number(nextToken);
  const next = at + 1 < items.length ? { nextToken: String(at + 1) } : {};
  return { status: 200, body: JSON.stringify({ [key]: items.slice(at, at + 1), ...next }) };
}

const failed = (action: string, name: string, status: number): Answer => ({
  status,
  body:
    action === 'DescribeClusters'
      ? `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>`
      : JSON.stringify({ __type: name, message: 'no' }),
});

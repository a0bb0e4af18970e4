/** What the adapter makes of the Redshift APIs, by the real AWS SDK over HTTP, against our own answers. */
import { RedshiftClient } from '@aws-sdk/client-redshift';
import { RedshiftServerlessClient } from '@aws-sdk/client-redshift-serverless';
import { describe, expect, it, onTestFinished } from 'vitest';
import { redshiftEndpoints } from '../../shared/aws/redshift-endpoints.ts';
import type { Endpoints } from '../../shared/rotation/endpoints.ts';
import { failure } from '../support/failure.ts';
import { type RedshiftScene, startRedshiftFront } from '../support/redshift-front.ts';

const REGION = 'eu-central-1';
const ACCOUNT = '123456789012';
const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:redshift!dwh-admin-AbCdEf`;
const OTHER_SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:redshift!other-admin-AbCdEf`;
const CLUSTER = `arn:aws:redshift:${REGION}:${ACCOUNT}:cluster:dwh`;
const NAMESPACE = `arn:aws:redshift-serverless:${REGION}:${ACCOUNT}:namespace/1234-5678`;
const HOST = `dwh.abc123.${REGION}.redshift.amazonaws.com`;
const WORKGROUP_HOST = `reports.${ACCOUNT}.${REGION}.redshift-serverless.amazonaws.com`;
const DOMAIN = 'dwh.example.org';

const SCENE: RedshiftScene = {
  clusters: [
    { id: 'dwh', host: HOST, domain: DOMAIN, secret: SECRET },
    { id: 'other', host: `other.abc123.${REGION}.redshift.amazonaws.com`, secret: OTHER_SECRET },
    { id: 'resuming', secret: SECRET },
  ],
  namespaces: [
    { namespaceName: 'first', namespaceArn: `${NAMESPACE}-first`, adminPasswordSecretArn: OTHER_SECRET },
    { namespaceName: 'sales', namespaceArn: NAMESPACE, adminPasswordSecretArn: SECRET },
    { namespaceName: 'bare', namespaceArn: `${NAMESPACE}-bare`, adminPasswordSecretArn: SECRET },
  ],
  workgroups: [
    {
      workgroupName: 'first-wg',
      namespaceName: 'first',
      endpoint: { address: `first-wg.${ACCOUNT}.${REGION}.redshift-serverless.amazonaws.com`, port: 5439 },
    },
    {
      workgroupName: 'reports',
      namespaceName: 'sales',
      customDomainName: 'sales.example.org',
      endpoint: { address: WORKGROUP_HOST, port: 5440 },
    },
  ],
};

async function front(scene: RedshiftScene = SCENE) {
  const server = await startRedshiftFront(scene);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const config = {
    ...{ endpoint: server.endpoint, region: REGION, maxAttempts: 1 },
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'unused' },
  };
  const endpoints = redshiftEndpoints({
    provisioned: new RedshiftClient(config),
    serverless: new RedshiftServerlessClient(config),
  });
  return { ...server, endpoints };
}

const tagged = (endpoints: Endpoints, key: string, value: string) =>
  endpoints.ofManagedSecret({
    arn: SECRET,
    tags: new Map([
      ['aws:secretsmanager:owningService', 'redshift'],
      [key, value],
    ]),
  });

describe('the endpoint of a managed superuser secret', () => {
  it.each(['aws:redshift:primaryClusterArn', 'aws:redshift:primaryclusterarn'])('by %s', async (key) => {
    const { endpoints } = await front();
    expect(await tagged(endpoints, key, CLUSTER)).toEqual({ engine: 'redshift', host: HOST, port: 5439 });
  });

  it.each(['aws:redshift-serverless:namespaceArn', 'aws:redshift-serverless:namespacearn'])(
    'by %s, on whatever page',
    async (key) => {
      const { endpoints, calls } = await front();
      const expected = { engine: 'redshift', host: WORKGROUP_HOST, port: 5440 };
      expect(await tagged(endpoints, key, NAMESPACE)).toEqual(expected);
      expect(calls).toEqual(['ListNamespaces', 'ListNamespaces', 'ListWorkgroups', 'ListWorkgroups']);
    },
  );

  it.each([
    ['a cluster that is gone', 'aws:redshift:primaryClusterArn', `${CLUSTER}-gone`],
    ['a cluster with another secret', 'aws:redshift:primaryClusterArn', CLUSTER.replace(/dwh$/, 'other')],
    ['a cluster without an endpoint', 'aws:redshift:primaryClusterArn', CLUSTER.replace(/dwh$/, 'resuming')],
    ['a namespace that is gone', 'aws:redshift-serverless:namespaceArn', `${NAMESPACE}-gone`],
    ['a namespace with another secret', 'aws:redshift-serverless:namespaceArn', `${NAMESPACE}-first`],
    ['a namespace without a workgroup', 'aws:redshift-serverless:namespaceArn', `${NAMESPACE}-bare`],
  ])('is not that of %s', async (_name, key, value) => {
    const { endpoints } = await front();
    const error = await failure(tagged(endpoints, key, value));
    expect(error).toMatchObject({ code: 'SUPERUSER_SECRET_INVALID', retryable: false });
    expect(error.what).toContain(value);
  });

  it('is not known without such a tag', async () => {
    const { endpoints, calls } = await front();
    const error = await failure(tagged(endpoints, 'primaryClusterArn', CLUSTER));
    expect(error).toMatchObject({ code: 'SUPERUSER_SECRET_INVALID', retryable: false });
    expect(calls).toEqual([]);
  });
});

describe('the writer', () => {
  it.each([
    ['a cluster’s, asked for by its own domain', HOST, DOMAIN, true],
    ['a domain’s, asked for by its cluster', DOMAIN, HOST, true],
    ['a workgroup’s, asked for by its own domain', WORKGROUP_HOST, 'sales.example.org', true],
    ['neither case nor a final dot counts', HOST.toUpperCase(), `${DOMAIN}.`, true],
    ['another domain is not the cluster’s', HOST, 'sales.example.org', false],
    ['another cluster is not', `other.abc123.${REGION}.redshift.amazonaws.com`, HOST, false],
    ['the cluster’s id at another address is not', HOST.replace('abc123', 'xyz789'), HOST, false],
    ['an unknown cluster is nobody’s', `gone.abc123.${REGION}.redshift.amazonaws.com`, DOMAIN, false],
    ['an unknown workgroup neither', WORKGROUP_HOST.replace('reports', 'gone'), DOMAIN, false],
  ])('%s', async (_name, writer, host, expected) => {
    const { endpoints } = await front();
    expect(await endpoints.isWriterOf(writer, host)).toBe(expected);
  });

  it('is not asked for where neither is a host of Redshift', async () => {
    const { endpoints, calls } = await front();
    expect(await endpoints.isWriterOf(DOMAIN, `${HOST}.example.org`)).toBe(false);
    expect(calls).toEqual([]);
  });
});

it('knows of no Blue/Green deployments, and asks nobody', async () => {
  const { endpoints, calls } = await front();
  expect(await endpoints.blueGreenDeploymentOf(HOST)).toBeUndefined();
  expect(calls).toEqual([]);
});

describe.each<[string, (endpoints: Endpoints) => Promise<unknown>]>([
  ['redshift:DescribeClusters', (endpoints) => endpoints.isWriterOf(HOST, DOMAIN)],
  ['redshift-serverless:GetWorkgroup', (endpoints) => endpoints.isWriterOf(WORKGROUP_HOST, DOMAIN)],
  [
    'redshift-serverless:ListNamespaces',
    (endpoints) => tagged(endpoints, 'aws:redshift-serverless:namespaceArn', NAMESPACE),
  ],
  [
    'redshift-serverless:ListWorkgroups',
    (endpoints) => tagged(endpoints, 'aws:redshift-serverless:namespaceArn', NAMESPACE),
  ],
])('%s that fails', (call, ask) => {
  const action = call.split(':')[1] ?? '';

  it.each([
    ['AccessDeniedException', 400, false],
    ['ThrottlingException', 400, true],
    ['InternalServerException', 500, true],
  ])('with %s (HTTP %i): retryable %s', async (name, status, retryable) => {
    const { endpoints } = await front({ ...SCENE, faults: { [action]: [name, status] } });
    const error = await failure(ask(endpoints));
    expect(error).toMatchObject({ code: 'REDSHIFT_API_FAILED', awsError: name, retryable });
    expect(error.what).toContain(call);
  });
});

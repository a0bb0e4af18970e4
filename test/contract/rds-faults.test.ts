/** What the adapter makes of an RDS API that refuses, fails, or does not answer. */
import { Agent } from 'node:http';
import { RDSClient } from '@aws-sdk/client-rds';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { rdsEndpoints } from '../../shared/aws/rds-endpoints.ts';
import type { Endpoints } from '../../shared/rotation/endpoints.ts';
import { failure } from '../support/failure.ts';
import { type Answer, rdsFault } from '../support/rds-front.ts';
import { ARN, DOMAIN, front, REGION } from './rds-scene.ts';

const HOST = `shop.aaaaaaaaaa.${DOMAIN}`;
const CLUSTER = `bank.cluster-aaaaaaaaaa.${DOMAIN}`;

describe.each<[string, (endpoints: Endpoints) => Promise<unknown>]>([
  ['DescribeDBInstances', (endpoints) => endpoints.isWriterOf('db.example.org', HOST)],
  ['DescribeDBClusters', (endpoints) => endpoints.blueGreenDeploymentOf(CLUSTER)],
  ['DescribeBlueGreenDeployments', (endpoints) => endpoints.blueGreenDeploymentOf(HOST)],
])('%s that fails', (action, ask) => {
  const shop: Answer = {
    status: 200,
    body: `<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceArn>${ARN}:db:shop</DBInstanceArn><Endpoint><Address>${HOST}</Address></Endpoint></DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>`,
  };

  it.each([
    ['AccessDenied', 403, false],
    ['Throttling', 400, true],
    ['InternalFailure', 500, true],
    ['ServiceUnavailable', 503, true],
    ['InvalidParameterValue', 400, false],
  ])('with %s (HTTP %i): retryable %s', async (code, status, retryable) => {
    const { endpoints } = await front({ DescribeDBInstances: shop, [action]: rdsFault(code, status) });
    const error = await failure(ask(endpoints));
    expect(error).toMatchObject({ code: 'RDS_API_FAILED', awsError: code, retryable });
    expect(error.what).toContain(`rds:${action}`);
  });

  it('with a 5xx page that is not the service’s own: retryable', async () => {
    const page = { status: 502, body: '<!DOCTYPE html><p>Bad gateway<br>' };
    const { endpoints } = await front({ DescribeDBInstances: shop, [action]: page });
    expect(await failure(ask(endpoints))).toMatchObject({ code: 'RDS_API_FAILED', retryable: true });
  });
});

describe('an RDS API that does not answer', () => {
  const reached = async (endpoint: string): Promise<Endpoints> => {
    vi.stubEnv('AWS_REGION', REGION);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'unused');
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
    vi.stubEnv('AWS_ENDPOINT_URL_RDS', endpoint);
    onTestFinished(() => void vi.unstubAllEnvs());
    return rdsEndpoints();
  };

  it('is given up after 10 s', async () => {
    const { endpoint } = await front({ DescribeDBInstances: 'withhold' });
    const begun = Date.now();
    const error = await failure((await reached(endpoint)).isWriterOf('db.example.org', HOST));
    expect(error).toMatchObject({ code: 'RDS_API_FAILED', awsError: 'TimeoutError', retryable: true });
    expect(Date.now() - begun).toBeGreaterThan(9_900);
    expect(Date.now() - begun).toBeLessThan(15_000);
  });

  it('where nothing listens is retryable', async () => {
    const { endpoint, ...server } = await front({});
    await server[Symbol.asyncDispose]();
    const error = await failure((await reached(endpoint)).blueGreenDeploymentOf(HOST));
    expect(error).toMatchObject({ code: 'RDS_API_FAILED', awsError: 'ECONNREFUSED', retryable: true });
  });

  it('at any of its addresses is retryable', async () => {
    const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
    const httpAgent = new Agent({ lookup: (_host, _options, found) => found(null, addresses) });
    const client = new RDSClient({
      ...{ endpoint: 'http://rds.invalid:1', region: REGION, maxAttempts: 1, requestHandler: { httpAgent } },
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'unused' },
    });
    const error = await failure(rdsEndpoints(client).isWriterOf('db.example.org', HOST));
    expect(error).toMatchObject({ code: 'RDS_API_FAILED', awsError: 'ECONNREFUSED', retryable: true });
  });
});
